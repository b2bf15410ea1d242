// apps/minimal: the engine in under 100 lines.
#include "tests/cli/stylize_program.h"

using namespace impasto::test;

namespace {

Finished minimal(std::vector<std::string> words) {
  words.insert(words.begin(), IMPASTO_MINIMAL);
  return run(words);
}

}  // namespace

TEST_CASE("minimal paints what stylize paints") {
  const TempDir folder;
  const std::string in = (folder / "in.png").string();
  const std::string ours = (folder / "ours.png").string();
  const std::string theirs = (folder / "theirs.png").string();
  write_png(in, make_image(37, 50, 3));
  const Finished done = minimal({in, ours, "19", "cpu"});
  INFO(done.err);
  REQUIRE(done.code == 0);
  REQUIRE(stylize({in, theirs, "-s", "19", "-d", "cpu", "--apply", "frame", "-m", "none"}).code == 0);
  CHECK(read_image(ours).samples == read_image(theirs).samples);
}

TEST_CASE("minimal says what is wrong in one line") {
  const TempDir folder;
  const std::string in = (folder / "in.png").string();
  const std::string out = (folder / "out.png").string();
  write_png(in, make_image(16, 16, 3));
  const auto expect = [&](const Finished& done, int code, const std::string& part) {
    INFO(done.err);
    CHECK(done.code == code);
    CHECK(done.err.starts_with("minimal: "));
    CHECK(done.err.find(part) != std::string::npos);
    CHECK(done.err.find('\n') == done.err.size() - 1);
  };
  expect(minimal({}), 2, "expected PICTURE OUTPUT.png");
  expect(minimal({in, out, "26"}), 2, "style 26: expected 0..25");
  expect(minimal({in, out, "7", "gpu"}), 2, "--device gpu: expected auto, cpu");
  expect(minimal({out, out, "7", "cpu"}), 1, "out.png");
  expect(minimal({in, (folder / "none/out.png").string(), "7", "cpu"}), 1, "cannot be written");
}
