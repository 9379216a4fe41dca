// Each release has a module file of its own here: go build -modfile=1.34.mod
module pikube/lab/kubelite

go 1.24.0
