# One CMake target per folder. Headers are included root-relative ("common/base/result.h"), so every target
# sees the root and nothing else of the tree.

set(DECANT_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # At -O3, g++ 12 sees overlaps in std::string + std::string that are not there.
  list(APPEND DECANT_WARNINGS $<$<CONFIG:Release>:-Wno-restrict>)
endif()
if(DECANT_WERROR)
  list(APPEND DECANT_WARNINGS -Werror)
endif()

# decant_library(NAME SOURCES a.cc … [PUBLIC dep …] [PRIVATE dep …])
function(decant_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${DECANT_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# decant_program(NAME SOURCES a.cc … [LINK dep …])
function(decant_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${DECANT_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# The kind of the tests in this folder is the first part of its path below tests/ (unit, simulation, …). It is their
# ctest label, and the target KIND_tests builds all of a kind.
function(_decant_test_kind kind program)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/tests OUTPUT_VARIABLE place)
  string(REGEX REPLACE "/.*" "" place ${place})
  if(program)
    if(NOT TARGET ${place}_tests)
      add_custom_target(${place}_tests)
    endif()
    add_dependencies(${place}_tests ${program})
  endif()
  set(${kind} ${place} PARENT_SCOPE)
endfunction()

# decant_test_program(NAME SOURCES a_test.cc … [LINK dep …]): a GoogleTest program without a ctest case.
function(decant_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  decant_program(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE DECANT_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             DECANT_BINARY_DIR="${CMAKE_BINARY_DIR}")
  _decant_test_kind(kind ${name})
endfunction()

# decant_test(NAME SOURCES a_test.cc … [LINK dep …] [TIMEOUT seconds]): every GoogleTest case becomes one ctest case.
function(decant_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  decant_test_program(${name} ${ARG_UNPARSED_ARGUMENTS})
  _decant_test_kind(kind "")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${kind})
endfunction()

# decant_test_case(NAME TIMEOUT seconds COMMAND … [PROGRAM target]): one ctest case; exit status 77 means skipped.
# PROGRAM is what has to be built for it, where no decant_test_program is.
function(decant_test_case name)
  cmake_parse_arguments(ARG "" "TIMEOUT;PROGRAM" "COMMAND" ${ARGN})
  _decant_test_kind(kind "${ARG_PROGRAM}")
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${kind} SKIP_RETURN_CODE 77)
endfunction()
