module pikube/lab/pause

go 1.24
