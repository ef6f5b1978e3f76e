"""The dashboard's server side: the data of each view in one answer, and the files of the built front end."""
