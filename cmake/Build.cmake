# How everything is built: C++20, warnings as errors, ccache and mold where present.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(OVERGANG_SANITIZE "" CACHE STRING "address,undefined or thread")
if(OVERGANG_SANITIZE)
  # Instrumented, std::regex looks uninitialised to GCC.
  add_compile_options(-fsanitize=${OVERGANG_SANITIZE} -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${OVERGANG_SANITIZE})
  if(OVERGANG_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan) # Of Asio's fences, which GCC's thread sanitizer does not follow.
  endif()
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_package(spdlog REQUIRED)
# Facts are made on one thread and freed on another; see docs/decisions.md. Sanitizers bring their own allocator.
if(NOT OVERGANG_SANITIZE)
  find_package(mimalloc REQUIRED)
endif()

include_directories(${CMAKE_SOURCE_DIR})
# GCC 12 sees overlapping copies in "text" + std::to_string(i), where there are none (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)
endif()

# overgang_library(name SOURCES a.cc .. DEPS lib ..): one static library, one room.
function(overgang_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# Lets a program allocate with mimalloc: nothing refers to it by name, so the linker is told to keep it.
function(overgang_allocator name)
  if(NOT OVERGANG_SANITIZE)
    target_link_libraries(${name} PRIVATE -Wl,--no-as-needed mimalloc -Wl,--as-needed)
  endif()
endfunction()

# overgang_test(name SOURCES a_test.cc .. DEPS lib .. [TIMEOUT seconds]): one program of tests, one ctest entry a file.
function(overgang_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
