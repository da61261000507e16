module kubevim.nfvi/tests/schematic

go 1.26.1

require (
	go.yaml.in/yaml/v4 v4.0.0
	gopkg.in/yaml.v3 v3.0.1
)
