# Each package with the least version that works (what Debian 12 has); a wrong one is named with the one that was found.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)

# impasto_need(name version found): stops with both versions if `found` is missing or too old.
function(impasto_need name version found)
  if(NOT found)
    message(FATAL_ERROR "impasto needs ${name} ${version} or later and found none (run scripts/install_deps.sh)")
  elseif(found VERSION_LESS version)
    message(FATAL_ERROR "impasto needs ${name} ${version} or later and found ${found} (run scripts/install_deps.sh)")
  endif()
endfunction()

# impasto_need_package(name version package): a package with a CMake config.
macro(impasto_need_package name version package)
  find_package(${package} CONFIG QUIET)
  impasto_need("${name}" ${version} "${${package}_VERSION}")
endmacro()

# impasto_need_module(name version target module): a package with a pkg-config file, as imported target PkgConfig::target.
macro(impasto_need_module name version target module)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
  impasto_need("${name}" ${version} "${${target}_VERSION}")
endmacro()

impasto_need_package("fmt (libfmt-dev)" 9.1 fmt)
impasto_need_package("oneDNN (libdnnl-dev)" 2.6 dnnl)
impasto_need_package("Highway (libhwy-dev)" 1.0.3 hwy)
impasto_need_package("CLI11 (libcli11-dev)" 2.1 CLI11)
impasto_need_package("nlohmann-json (nlohmann-json3-dev)" 3.11 nlohmann_json)
impasto_need_package("FlatBuffers (libflatbuffers-dev)" 2.0 FlatBuffers)
impasto_need_module("libavformat (libavformat-dev)" 59.27 AVFORMAT libavformat)
impasto_need_module("libavcodec (libavcodec-dev)" 59.37 AVCODEC libavcodec)
impasto_need_module("libavutil (libavutil-dev)" 57.28 AVUTIL libavutil)
impasto_need_module("libswscale (libswscale-dev)" 6.7 SWSCALE libswscale)
impasto_need_module("libswresample (libswresample-dev)" 4.7 SWRESAMPLE libswresample)
impasto_need_module("stb (libstb-dev)" 0 STB stb)
impasto_need_module("libexif (libexif-dev)" 0.6.22 EXIF libexif)
find_package(Boost 1.74 QUIET COMPONENTS context)
impasto_need("Boost.Context (libboost-context-dev)" 1.74 "${Boost_VERSION}")
impasto_need_module("OpenSSL's libcrypto (libssl-dev)" 3.0 CRYPTO libcrypto)
impasto_need_module("zlib (zlib1g-dev)" 1.2.13 ZLIB zlib)
impasto_need_package("Snappy (libsnappy-dev)" 1.1.9 Snappy)
