# impasto_options: what every target of this project is compiled with.
add_library(impasto_options INTERFACE)
target_include_directories(impasto_options INTERFACE ${PROJECT_SOURCE_DIR})

# Host code is compiled for x86-64-v2; oneDNN and Highway pick faster instructions at run time.
target_compile_options(impasto_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-march=x86-64-v2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own headers at -O2 (GCC bugs 105329, 105762).
  target_compile_options(impasto_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-null-dereference>)
endif()

if(IMPASTO_SANITIZE)
  target_compile_options(impasto_options INTERFACE -fsanitize=${IMPASTO_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(impasto_options INTERFACE -fsanitize=${IMPASTO_SANITIZE})
  target_compile_definitions(impasto_options INTERFACE IMPASTO_SANITIZED)
endif()
if(IMPASTO_ARENA_SEPARATE)
  target_compile_definitions(impasto_options INTERFACE ARENA_SEPARATE)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE} CACHE STRING "")
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE} CACHE STRING "")
endif()
