# RISC Zero's C++ prover of its rv32im circuit, on its CPU code and without Rust, as bench_prove's
# peer: OUT/risc0_peer and the program that it proves, OUT/fibonacci.elf.
#   make -f test/bench/prove/peer/risc0.mk RISC0=SOURCES OUT=FOLDER
# Its largest files are generated for each size of segment: one size is built, 2^PO2 of its rows.
PO2 ?= 16
CXXFLAGS ?= -O3 -march=native -DNDEBUG
PREFIX ?= riscv64-unknown-elf-

here := $(dir $(lastword $(MAKEFILE_LIST)))
prover := $(RISC0)/risc0/circuit/rv32im-sys/cxx
folders := core hal/cpu prove rv32im/emu verify verify/info zkp
sources := $(foreach f,$(folders),$(wildcard $(prover)/$(f)/*.cpp))
# What is generated, FUNCTION_PO2.cpp from FOLDER/FUNCTION_impl.h, takes longest: it goes first.
sized := hal/cpu/eval_check hal/cpu/accum_witgen hal/cpu/data_witgen rv32im/emu/verify
objects := $(addsuffix _$(PO2).o,$(addprefix $(OUT)/,$(sized)))
objects += $(patsubst $(prover)/%.cpp,$(OUT)/%.o,$(sources))
# $(OUT)/size stands before their folder, so that its table of sizes is ours.
compile = $(CXX) -std=c++17 -w $(CXXFLAGS) -I$(OUT)/size -I$(prover) -I$(prover)/../vendor -c $< -o $@

$(OUT)/risc0_peer: $(objects) $(OUT)/risc0_peer.o $(OUT)/fibonacci.elf
	$(CXX) -pthread -o $@ $(filter %.o,$^)

$(OUT)/risc0_peer.o: $(here)risc0_peer.cpp $(OUT)/size/hal/po2s.h
	$(compile)

$(objects): $(OUT)/size/hal/po2s.h

$(OUT)/%.o: $(prover)/%.cpp
	@mkdir -p $(@D)
	$(compile)

$(OUT)/%_$(PO2).o: $(OUT)/%_$(PO2).cpp
	$(compile)

$(OUT)/%_$(PO2).cpp:
	@mkdir -p $(@D)
	@printf '#define %s\n' 'NUM_ROWS_PO2 $(PO2)' 'NAMESPACE $(*F)_cpu_impl_$(PO2)' \
	  'FUNCNAME $(*F)_cpu_$(PO2)' 'FUNCNAME_APPEND(x) $(*F)_cpu_$(PO2)_##x' > $@
	@echo '#include "$*_impl.h"' >> $@

$(OUT)/size/hal/po2s.h:
	@mkdir -p $(@D)
	@printf '#define %s\n' 'MIN_PO2 $(PO2)' 'MAX_PO2 $(PO2)' 'PO2S PO2($(PO2))' > $@

$(OUT)/fibonacci.elf: $(here)fibonacci.s
	@mkdir -p $(@D)
	$(PREFIX)gcc -march=rv32im -mabi=ilp32 -nostdlib -static -Wl,-n,-Ttext=0xc0000000,--build-id=none $< -o $@

.SECONDARY:
