# Sanitizers and fuzzing for the whole tree; CMakePresets.json has a preset for each combination that is used.

set(DECANT_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined or thread")
option(DECANT_FUZZ "Build the fuzz targets with clang's libFuzzer" OFF)

if(DECANT_SANITIZE)
  add_compile_options(-fsanitize=${DECANT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DECANT_SANITIZE})
endif()

# Coverage in every object; only the fuzz programs link libFuzzer's main (-fsanitize=fuzzer).
if(DECANT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "DECANT_FUZZ needs clang++: use the preset 'fuzz'.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
