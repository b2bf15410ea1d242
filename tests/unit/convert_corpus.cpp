// The seeds of the fuzz targets (tests/fuzz), for those who have no clang: each whole, cut off, and with bytes changed.
#include "tests/fuzz/targets.h"
#include "tests/readers.h"
#include "weights_tools/convert.h"

using namespace impasto;

TEST_CASE("convert: the seeds of the fuzz targets are read, and damaged ones are refused or read, never overrun") {
  for (const fuzz::Target& target : fuzz::kTargets) {
    for (const auto& seed :
         std::filesystem::directory_iterator(test::source_dir() / "tests/fuzz/corpus" / target.name)) {
      INFO(seed.path().string());
      const std::string whole = test::content(seed.path());
      const std::vector<std::byte> bytes = test::block(whole);
      Source source;
      CHECK_NOTHROW(target.read(bytes, source));
      test::check_damaged(whole, target.read);
    }
  }
}

TEST_CASE("convert: what is said of a name out of a file is one line") {
  Source source;
  source.label = "f";
  source.add("a\nb.c", "F32", {0}, {});
  const Mapping mapping{{"c", {1}}, "a\nb.c", {0}};
  CHECK_THROWS_WITH(convert(source, std::span(&mapping, 1), DType::f32), "f: a?b.c (c) has shape 0, expected 1");
}

TEST_CASE("convert: every folder of seeds has a reader, and every reader seeds") {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "tests/fuzz/corpus")) {
    folders.push_back(entry.path().filename().string());
    CHECK(!std::filesystem::is_empty(entry));
  }
  std::vector<std::string> names;
  for (const fuzz::Target& target : fuzz::kTargets) names.emplace_back(target.name);
  CHECK_THAT(folders, Catch::UnorderedEquals(names));
}
