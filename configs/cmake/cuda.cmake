# Enables CUDA where its compiler is found; ASHLAR_HAS_CUDA says whether. Without it the build is
# whole, with a GPU backend that answers that it is not there. Sanitizers know nothing of it.
set(ASHLAR_HAS_CUDA OFF)
if(ASHLAR_CUDA AND NOT ASHLAR_SANITIZE AND NOT ASHLAR_FUZZ)
  find_program(ASHLAR_NVCC nvcc PATHS /usr/local/cuda/bin)
  if(ASHLAR_NVCC AND NOT CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_COMPILER ${ASHLAR_NVCC})
  endif()
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    # Ampere's and Hopper's machine code, and Hopper's intermediate code for what comes later.
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc has C++20.
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    # Kernels are constant expressions of the code that the host runs.
    string(APPEND CMAKE_CUDA_FLAGS " --expt-relaxed-constexpr")
    set(ASHLAR_HAS_CUDA ON)
  endif()
endif()
