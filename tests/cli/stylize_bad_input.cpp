// Files that cannot be used: exit 1, one line that names the file, and nothing left behind.
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"

#include <unistd.h>

#include <fstream>

using namespace impasto;
using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = file("in.png");
  std::string out = file("out.png");
  Fixture() { write_png(in, make_image(16, 24, 3)); }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }

  // Exit 1, one line that names `part`, and no new file.
  void expect_failure(const std::vector<std::string>& words, const std::string& part) const {
    const auto before = names();
    const Finished done = stylize(words);
    INFO(done.err);
    CHECK(done.code == 1);
    CHECK(is_one_line(done.err, part));
    CHECK(done.out.empty());
    CHECK(names() == before);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
  }
};

// The first `share` of a file.
void cut(const std::string& from, const std::string& to, double share) {
  const std::string bytes = read_file(from);
  write_file(to, bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * share)));
}

}  // namespace

TEST_CASE("inputs that are missing, empty, no media or a folder") {
  const Fixture f;
  write_file(f.file("empty.png"), "");
  write_file(f.file("empty.mp4"), "");
  write_file(f.file("text.png"), "This is no picture, whatever its name says.\n");
  write_file(f.file("text.mp4"), "This is no video, whatever its name says.\n");
  write_file(f.file("zeros.mp4"), std::string(100000, '\0'));
  std::filesystem::create_directory(f.folder / "folder");
  f.expect_failure({f.file("missing.png"), f.out}, "missing.png");
  f.expect_failure({f.file("missing.mp4"), f.file("out.mp4")}, "missing.mp4");
  f.expect_failure({f.file("empty.png"), f.out}, "empty.png");
  f.expect_failure({f.file("empty.mp4"), f.file("out.mp4")}, "empty.mp4");
  f.expect_failure({f.file("text.png"), f.out}, "text.png");
  f.expect_failure({f.file("text.mp4"), f.file("out.mp4")}, "text.mp4");
  f.expect_failure({f.file("zeros.mp4"), f.file("out.mp4")}, "zeros.mp4");
  f.expect_failure({f.file("folder"), f.out}, "folder");
}

TEST_CASE("a truncated picture") {
  const Fixture f;
  write_png(f.file("whole.png"), make_image(100, 120, 3));
  for (const double share : {0.001, 0.01, 0.5, 0.9}) {
    cut(f.file("whole.png"), f.file("cut.png"), share);
    f.expect_failure({f.file("cut.png"), f.out}, "cut.png");
  }
}

TEST_CASE("a truncated picture of a kind that has no end of its own") {
  const Fixture f;
  for (const char* kind : {"bmp", "ppm", "tga"}) {
    const std::string whole = f.file(std::string("whole.") + kind);
    const std::string part = f.file(std::string("cut.") + kind);
    REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=61x47", "-frames:v", "1", whole}).code ==
            0);
    CHECK(stylize({whole, f.out, "-y", "--strength", "0", "-m", "none"}).code == 0);
    std::filesystem::remove(f.out);
    for (const double share : {0.3, 0.9}) {
      cut(whole, part, share);
      f.expect_failure({part, f.out, "--strength", "0", "-m", "none"}, "cut off");
    }
  }
}

TEST_CASE("a picture that is too large is called so") {
  const Fixture f;
  std::string png = read_file(f.in);
  png.replace(16, 8, std::string("\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", 8));
  write_file(f.file("huge.png"), png);
  f.expect_failure({f.file("huge.png"), f.out}, "too large");
}

TEST_CASE("a clip whose index is cut off leaves nothing") {
  const Fixture f;
  make_clip(f.file("whole.mp4"), 48, 64, 10);  // the index is at the end
  cut(f.file("whole.mp4"), f.file("cut.mp4"), 0.5);
  f.expect_failure({f.file("cut.mp4"), f.file("out.mp4")}, "cut.mp4");
}

TEST_CASE("a clip without frames in what was asked for leaves nothing") {
  const Fixture f;
  make_clip(f.file("clip.mkv"), 48, 64, 5, false);
  f.expect_failure({f.file("clip.mkv"), f.file("out.mkv"), "-ss", "100"}, "clip.mkv");
  REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine", "-t", "0.5", f.file("sound.mp4")}).code == 0);
  f.expect_failure({f.file("sound.mp4"), f.file("out.mp4")}, "sound.mp4");
}

TEST_CASE("an output that exists is kept unless -y is given, and always with -n") {
  const Fixture f;
  write_file(f.out, "precious");
  f.expect_failure({f.in, f.out}, "exists");
  f.expect_failure({f.in, f.out, "-n"}, "exists");
  f.expect_failure({f.in, f.out, "-y", "-n"}, "exists");
  CHECK(read_file(f.out) == "precious");
  std::filesystem::create_symlink("nowhere", f.file("dangling.png"));
  f.expect_failure({f.in, f.file("dangling.png")}, "exists");
  CHECK(stylize({f.in, f.out, "-y"}).code == 0);
  CHECK(read_image(f.out).width == 24);
}

TEST_CASE("an input is never replaced") {
  const Fixture f;
  const std::string before = read_file(f.in);
  f.expect_failure({f.in, f.in, "-y"}, "in.png");
  f.expect_failure({f.in, f.file("./in.png"), "-y"}, "in.png");
  std::filesystem::create_symlink(f.in, f.file("link.png"));
  f.expect_failure({f.in, f.file("link.png"), "-y"}, "link.png");
  write_png(f.file("bg.png"), make_image(4, 4, 3));
  f.expect_failure({f.in, f.file("bg.png"), "-y", "--bg", f.file("bg.png")}, "bg.png");
  f.expect_failure({f.in, f.out, "--output-alpha", f.out}, "out.png");
  f.expect_failure({f.in, f.out, "--output-alpha", f.in, "-y"}, "in.png");
  CHECK(read_file(f.in) == before);
}

TEST_CASE("outputs that cannot be written") {
  const Fixture f;
  std::filesystem::create_directory(f.folder / "folder");
  std::filesystem::create_directory(f.folder / "folder.png");
  f.expect_failure({f.in, f.file("folder")}, "folder");
  f.expect_failure({f.in, f.file("folder/")}, "folder");
  f.expect_failure({f.in, f.file("folder.png"), "-y"}, "folder.png");
  f.expect_failure({f.in, f.file("nowhere/out.png")}, "nowhere");
  f.expect_failure({f.in, f.file("in.png/out.png")}, "in.png");
}

TEST_CASE("a folder without permission to write") {
  if (geteuid() == 0) SKIP_CASE("root may write anywhere");
  const Fixture f;
  std::filesystem::create_directory(f.folder / "closed");
  std::filesystem::permissions(f.folder / "closed", std::filesystem::perms::owner_read);
  f.expect_failure({f.in, f.file("closed/out.png")}, "closed");
}

TEST_CASE("no space on the device") {
  if (!std::filesystem::exists("/proc/self/fd")) SKIP_CASE("there is no /proc");
  const Fixture f;
  write_png(f.file("large.png"), make_image(300, 300, 3));
  // A limit on the size of files stands in for a full disk.
  const std::string command = "trap '' XFSZ; ulimit -f 16; exec " + std::string(IMPASTO_STYLIZE) + " " +
                              f.file("large.png") + " " + f.out + " --threads 2 --progress none";
  const auto before = f.names();
  const Finished done = run({"sh", "-c", command});
  INFO(done.err);
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "out.png"));
  CHECK(f.names() == before);
}

TEST_CASE("weights that are missing, no weights, or of another net") {
  const Fixture f;
  f.expect_failure({f.in, f.out, "-s", f.file("missing.safetensors")}, "missing.safetensors");
  write_file(f.file("text.safetensors"), "not weights at all");
  f.expect_failure({f.in, f.out, "-s", f.file("text.safetensors")}, "text.safetensors");
  std::vector<std::byte> zeros(16 * sizeof(float));
  const std::vector<NamedTensor> other{{"some.weight", DType::f32, {4, 4}, zeros}};
  write_safetensors(f.file("other.safetensors"), other, {});
  f.expect_failure({f.in, f.out, "-s", f.file("other.safetensors")}, "other.safetensors");
  write_safetensors(f.file("unknown.safetensors"), other, {{"net", "resnet"}});
  f.expect_failure({f.in, f.out, "-s", f.file("unknown.safetensors")}, "resnet");
  write_safetensors(f.file("rude.safetensors"), other, {{"net", "two\nlines"}});
  f.expect_failure({f.in, f.out, "-s", f.file("rude.safetensors")}, "rude.safetensors");
  write_safetensors(f.file("lies.safetensors"), other, {{"net", "transform_net"}});
  f.expect_failure({f.in, f.out, "-s", f.file("lies.safetensors")}, "lies.safetensors");
  const std::string matte = (source_dir() / "weights" / "selfie.safetensors").string();
  f.expect_failure({f.in, f.out, "-s", matte}, "selfie");
  const std::string face = (source_dir() / "weights" / "face.safetensors").string();
  f.expect_failure({f.in, f.out, "-s", face}, "is for net face, which does not paint");
  const std::string many = (source_dir() / "weights" / "multistyle.safetensors").string();
  f.expect_failure({f.in, f.out, "-s", many}, "multistyle");
}

TEST_CASE("a background that is no picture") {
  const Fixture f;
  f.expect_failure({f.in, f.out, "--bg", f.file("missing.png")}, "missing.png");
  f.expect_failure({f.in, f.out, "--bg", f.folder.path().string()}, "is a directory");
  write_file(f.file("text.png"), "no picture");
  f.expect_failure({f.in, f.out, "--bg", f.file("text.png")}, "text.png");
}

TEST_CASE("an unknown encoder, pixel format or encoder option") {
  const Fixture f;
  make_clip(f.file("clip.mp4"), 48, 64, 3, false);
  for (const auto& words : {std::vector<std::string>{"-c:v", "h999"}, {"-pix_fmt", "rgb31"}, {"-e", "nonsense=1"}}) {
    std::vector<std::string> all{f.file("clip.mp4"), f.file("out.mp4")};
    all.insert(all.end(), words.begin(), words.end());
    const auto before = f.names();
    const Finished done = stylize(all);
    INFO(done.err);
    CHECK((done.code == 1 || done.code == 2));
    CHECK(is_one_line(done.err, words[1].substr(0, words[1].find('='))));
    CHECK(f.names() == before);
  }
}

TEST_CASE("weights given by name are looked for in STYLIZE_MODELS") {
  const Fixture f;
  const std::vector<WeightSpec> table = find_net("transform_net").weight_table();
  const Weights random = Weights::random(table, 3);
  std::vector<NamedTensor> tensors;
  for (const WeightView& view : random.tensors()) {
    tensors.push_back({view.name, view.dtype, view.shape, {view.data.begin(), view.data.end()}});
  }
  std::filesystem::create_directory(f.folder / "models");
  write_safetensors(f.file("models/mine.safetensors"), tensors, {});
  f.expect_failure({f.in, f.out, "-s", "mine.safetensors"}, "mine.safetensors");
  const std::vector<std::string> environment{"STYLIZE_MODELS=" + f.file("models")};
  REQUIRE(stylize({f.in, f.out, "-s", "mine.safetensors", "-m", "none"}, environment).code == 0);
  const std::string by_name = read_file(f.out);
  REQUIRE(stylize({f.in, f.out, "-s", f.file("models/mine.safetensors"), "-m", "none", "-y"}).code == 0);
  CHECK(read_file(f.out) == by_name);
  f.expect_failure({f.in, f.out, "-y", "-s", f.file("mine.safetensors")}, "mine.safetensors");
}
