"""The dashboard's server side: what a view shows in one answer, and the files of the built front end."""
