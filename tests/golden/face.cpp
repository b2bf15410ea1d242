// The face detector on the cpu device against MediaPipe.
#include "tests/golden/face_golden.h"

using namespace impasto;
using namespace impasto::test;

TEST_CASE("face finds what MediaPipe finds") {
  const auto backend = make_backend();
  const auto files = golden_files(data_dir() / "face", ".safetensors");
  CHECK(files.size() == 8);
  for (const auto& file : files) check_face_file(*backend, file);
}

TEST_CASE("the letterbox is OpenCV's but for positions half way between two steps") {
  const Weights golden = Weights::open(data_dir() / "face/odd_87x101.safetensors");
  const Picture picture = picture_of(golden);
  const Picture seen = picture_of(golden, "seen");
  const auto backend = make_backend();
  Graph graph;
  const TensorId in = graph.input("rgb", {1, picture.h, picture.w, 3}, DType::u8);
  const TensorId out =
      graph.append("letterbox", Resize{Resize::Mode::bilinear_shiftless, kFaceSide, kFaceSide, true}, {in});
  graph.output(out);
  Engine engine(std::move(graph), *backend);
  std::memcpy(engine.host(in).data(), picture.rgb.data(), picture.rgb.size());
  engine.run();
  const std::span<const std::byte> bytes = engine.host(out);
  const Difference d = difference(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
                                  std::span<const std::uint8_t>(seen.rgb));
  CHECK(d.largest <= 2 * 8);  // a step of 1/32 pixel along either axis, of 255
  CHECK(d.mean <= 0.25);
}

TEST_CASE("the face is found in the sample portrait, and in every frame about it") {
  const Picture whole = read_picture(std::filesystem::path(IMPASTO_SOURCE_DIR) / "apps/stylize/sample/sample.png");
  const auto backend = make_backend();
  const FaceRun run = run_face(*backend, whole, embedded("face.safetensors"));
  REQUIRE(run.faces.size() == 1);
  const Face& face = run.faces.front();
  // Cut away rows above and columns to the left: the face moves with the picture.
  const int top = whole.h / 16, left = whole.w / 10;
  Picture cut{whole.h - top, whole.w - left, {}};
  for (int y = top; y < whole.h; ++y) {
    const auto row = whole.rgb.begin() + (static_cast<std::ptrdiff_t>(y) * whole.w + left) * 3;
    cut.rgb.insert(cut.rgb.end(), row, row + static_cast<std::ptrdiff_t>(cut.w) * 3);
  }
  const FaceRun moved = run_face(*backend, cut, embedded("face.safetensors"));
  REQUIRE(moved.faces.size() == 1);
  const double near = 0.03 * (face.right - face.left);
  for (std::size_t k = 0; k < kKeyPoints; ++k) {
    INFO(k);
    CHECK(std::abs(moved.faces.front().points.at(k).x + left - face.points.at(k).x) <= 2 * near);
    CHECK(std::abs(moved.faces.front().points.at(k).y + top - face.points.at(k).y) <= 2 * near);
  }
}
