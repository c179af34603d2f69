# Target duckdb::duckdb: DuckDB's C API, from an installed DuckDB if there is one, else from the cache, which
# deploy/fetch-duckdb.sh fills (docs/dependencies.md). Header and library must be of one version: with another
# version's header the C API compiles and then fails silently.

set(DUCKDB_ROOT "" CACHE PATH "Folder of an installed DuckDB 1.4 (lib/libduckdb.so, include/duckdb.h)")

# Sets DUCKDB_INSTALLED_VERSION to what the library says of itself, or to an empty string.
function(_decant_installed_duckdb_version header_dir library)
  set(source ${CMAKE_BINARY_DIR}/duckdb_version/version.cc)
  file(WRITE ${source} "#include <cstdio>\n#include <duckdb.h>\nint main() { std::puts(duckdb_library_version()); }\n")
  try_run(ran compiled ${CMAKE_BINARY_DIR}/duckdb_version ${source}
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${header_dir}"
    LINK_LIBRARIES ${library}
    RUN_OUTPUT_VARIABLE version)
  if(compiled AND ran EQUAL 0)
    string(STRIP "${version}" version)
    set(DUCKDB_INSTALLED_VERSION "${version}" PARENT_SCOPE)
  else()
    set(DUCKDB_INSTALLED_VERSION "" PARENT_SCOPE)
  endif()
endfunction()

find_path(DUCKDB_INCLUDE_DIR duckdb.h HINTS ${DUCKDB_ROOT} PATH_SUFFIXES include)
find_library(DUCKDB_LIBRARY duckdb HINTS ${DUCKDB_ROOT} PATH_SUFFIXES lib)
mark_as_advanced(DUCKDB_INCLUDE_DIR DUCKDB_LIBRARY)

set(_duckdb_library "")
if(DUCKDB_INCLUDE_DIR AND DUCKDB_LIBRARY)
  _decant_installed_duckdb_version(${DUCKDB_INCLUDE_DIR} ${DUCKDB_LIBRARY})
  if(DUCKDB_INSTALLED_VERSION MATCHES "^v1\\.4\\.")
    set(_duckdb_library ${DUCKDB_LIBRARY})
    set(_duckdb_include ${DUCKDB_INCLUDE_DIR})
    message(STATUS "DuckDB: installed, ${DUCKDB_INSTALLED_VERSION}")
  else()
    message(STATUS "DuckDB: the installed one is '${DUCKDB_INSTALLED_VERSION}', Decant needs v1.4; it is left alone")
  endif()
endif()

if(NOT _duckdb_library)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/deploy/fetch-duckdb.sh
    OUTPUT_VARIABLE _duckdb_place OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE _duckdb_status)
  if(NOT _duckdb_status EQUAL 0)
    message(FATAL_ERROR "DuckDB could not be had (see above). deploy/install-deps.sh installs all that is needed; "
                        "-DDUCKDB_ROOT=FOLDER names an installed one.")
  endif()
  # The build tree has its own name for the library, so that programs find it beside them (bin/../lib) and go on
  # running when the cache is emptied.
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  set(_duckdb_library ${CMAKE_BINARY_DIR}/lib/libduckdb.so)
  file(CREATE_LINK ${_duckdb_place}/lib/libduckdb.so ${_duckdb_library} COPY_ON_ERROR)
  set(_duckdb_include ${_duckdb_place}/include)
  message(STATUS "DuckDB: ${_duckdb_place}")
endif()

add_library(duckdb::duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb::duckdb PROPERTIES
  IMPORTED_LOCATION ${_duckdb_library}
  IMPORTED_SONAME libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${_duckdb_include})
