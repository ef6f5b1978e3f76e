export { activationStart as getActivationStart } from "../navigation";
