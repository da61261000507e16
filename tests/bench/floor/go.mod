module kubevim.nfvi/tests/floor

go 1.26.1
