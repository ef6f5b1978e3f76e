export { observe } from "../observe";
