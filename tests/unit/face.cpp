// From numbers of the face net to a face, and from its points to the map that portrait_fcn+ wants.
#include "nets/face.h"

#include "nets/face_detection.h"
#include "nets/net.h"
#include "runtime/engine.h"
#include "tests/support.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace impasto;
using Catch::Contains;

namespace {

// What the net says: no face anywhere, but for those that are put.
struct Maps {
  std::vector<float> scores_8 = std::vector<float>(16 * 16 * 2, -9);
  std::vector<float> boxes_8 = std::vector<float>(scores_8.size() * kFaceAnchorNumbers);
  std::vector<float> scores_16 = std::vector<float>(8 * 8 * 6, -9);
  std::vector<float> boxes_16 = std::vector<float>(scores_16.size() * kFaceAnchorNumbers);

  // A box of `size` input pixels about the middle of anchor `i` of the coarse map, moved by dx, dy; its points at its
  // middle, each one pixel further to the right.
  void put(std::size_t i, float logit, float size, float dx = 0, float dy = 0) {
    scores_16[i] = logit;
    float* box = boxes_16.data() + i * kFaceAnchorNumbers;
    box[0] = dx;
    box[1] = dy;
    box[2] = box[3] = size;
    for (int k = 0; k < 6; ++k) {
      box[4 + 2 * k] = dx + static_cast<float>(k);
      box[5 + 2 * k] = dy;
    }
  }
  [[nodiscard]] std::vector<Face> faces(int height, int width) const {
    return decode_faces({scores_8, boxes_8, scores_16, boxes_16}, height, width);
  }
};

std::vector<Point> random_points(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> at(0, 600);
  std::vector<Point> points(count);
  for (Point& p : points) p = {at(random), at(random)};
  return points;
}

Point apply(const Affine& a, const Point& p) {
  return {a[0] * p.x + a[1] * p.y + a[2], a[3] * p.x + a[4] * p.y + a[5]};
}

double squares(const Affine& a, std::span<const Point> from, std::span<const Point> to) {
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Point p = apply(a, from[i]);
    sum += (p.x - to[i].x) * (p.x - to[i].x) + (p.y - to[i].y) * (p.y - to[i].y);
  }
  return sum;
}

}  // namespace

TEST_CASE("face: a box is about its anchor, and lies in the picture, not in its letterbox") {
  Maps maps;
  maps.put(6 * (8 * 3 + 5) + 2, 0.25F, 32, 2, -4);  // cell 5,3: its middle is pixel 88,56 of 128
  for (const auto& [height, width] : {std::pair{128, 128}, {64, 256}, {250, 100}, {3, 200}}) {
    CAPTURE(height, width);
    const auto faces = maps.faces(height, width);
    REQUIRE(faces.size() == 1);
    const double side = std::max(height, width), unit = side / 128;
    CHECK(faces[0].score == Approx(1 / (1 + std::exp(-0.25))));
    CHECK(faces[0].left == Approx((90 - 16) * unit - (side - width) / 2));
    CHECK(faces[0].right == Approx((90 + 16) * unit - (side - width) / 2));
    CHECK(faces[0].top == Approx((52 - 16) * unit - (side - height) / 2));
    CHECK(faces[0].bottom == Approx((52 + 16) * unit - (side - height) / 2));
    CHECK(faces[0].points[3].x == Approx(93 * unit - (side - width) / 2));
    CHECK(faces[0].points[3].y == Approx(52 * unit - (side - height) / 2));
  }
  maps = {};
  maps.scores_8[2 * (16 * 2 + 7) + 1] = 3;  // cell 7,2 of the fine map
  maps.boxes_8[(2 * (16 * 2 + 7) + 1) * kFaceAnchorNumbers + 2] = 8;
  CHECK(maps.faces(128, 128).at(0).left == Approx(60 - 4));
  CHECK(maps.faces(128, 128).at(0).top == Approx(20));
}

TEST_CASE("face: scores below a half, boxes turned inside out and what is no number are no faces") {
  Maps maps;
  CHECK(maps.faces(100, 100).empty());
  CHECK(!largest_face({}));
  maps.put(0, -1e-3F, 20);
  maps.put(6, 5, -20);
  maps.put(12, std::numeric_limits<float>::quiet_NaN(), 20);
  maps.put(18, 5, std::numeric_limits<float>::quiet_NaN());
  CHECK(maps.faces(100, 100).empty());
  maps.put(24, 0, 20);
  maps.put(200, std::numeric_limits<float>::infinity(), 20);
  CHECK(maps.faces(100, 100).size() == 2);
  CHECK(maps.faces(100, 100)[0].score == Approx(1));
}

TEST_CASE("face: boxes that overlap are one face, their mean weighted by score; the largest one is ours") {
  Maps maps;
  maps.put(6 * (8 * 3 + 3), 3, 40);
  maps.put(6 * (8 * 3 + 3) + 1, 1, 40, 4, 0);
  maps.put(6 * (8 * 3 + 3) + 2, 2, 10);  // within, but its share of both is small
  maps.put(6 * (8 * 6 + 7), 0.5F, 48);
  const auto faces = maps.faces(128, 128);
  REQUIRE(faces.size() == 3);
  const double first = 1 / (1 + std::exp(-3.0)), second = 1 / (1 + std::exp(-1.0));
  const double moved = 4 * second / (first + second);
  CHECK(faces[0].score == Approx(first));
  CHECK(faces[0].left == Approx(56 - 20 + moved));
  CHECK(faces[0].right == Approx(56 + 20 + moved));
  CHECK(faces[0].points[2].x == Approx(56 + 2 + moved));
  CHECK(faces[1].right - faces[1].left == Approx(10));
  REQUIRE(largest_face(faces));
  CHECK(largest_face(faces)->left == Approx(120 - 24));
}

TEST_CASE("face: the net has the arithmetic of its specification, and four maps") {
  const Net& net = find_net("face");
  const Weights weights = Weights::random(net.weight_table(), 1);
  const Graph graph = build_net(net, weights, 128, 128, Precision::fp32);
  double flops = 0;
  for (const Node& node : graph.nodes()) flops += std::holds_alternative<Conv2d>(node.op) ? graph.cost(node).flops : 0;
  CHECK(flops / 2 == 30'760'960);
  REQUIRE(graph.outputs().size() == 4);
  CHECK(graph.tensor(graph.outputs()[0]).shape == Shape{1, 16, 16, 2});
  CHECK(graph.tensor(graph.outputs()[1]).shape == Shape{1, 16, 16, 32});
  CHECK(graph.tensor(graph.outputs()[2]).shape == Shape{1, 8, 8, 6});
  CHECK(graph.tensor(graph.outputs()[3]).shape == Shape{1, 8, 8, 96});
  REQUIRE_THROWS_WITH(build_net(net, weights, 128, 100, Precision::fp32), Contains("expected 128x128"));
}

TEST_CASE("fit_affine finds a map that there is, and else the one of least squares") {
  const Affine map{0.7, -0.2, 31, 0.3, 1.4, -250};
  const std::vector<Point> from = random_points(49, 1);
  std::vector<Point> to;
  for (const Point& p : from) to.push_back(apply(map, p));
  const auto found = fit_affine(from, to);
  REQUIRE(found);
  for (std::size_t i = 0; i < 6; ++i) CHECK(found->at(i) == Approx(map.at(i)).epsilon(1e-9));

  const std::vector<Point> other = random_points(49, 2);
  const auto best = fit_affine(from, other);
  REQUIRE(best);
  const double least = squares(*best, from, other);
  for (std::size_t i = 0; i < 6; ++i) {
    for (const double step : {-1e-3, 1e-3}) {
      Affine near = *best;
      near.at(i) += step;
      CHECK(squares(near, from, other) > least);
    }
  }
}

TEST_CASE("points on a line, at one place, fewer than three or no numbers have no map") {
  const std::vector<Point> to = random_points(4, 3);
  CHECK(!fit_affine(std::vector<Point>{{1, 2}, {2, 4}, {3, 6}, {10, 20}}, to));
  CHECK(!fit_affine(std::vector<Point>{{5, 7}, {5, 7}, {5, 7}, {5, 7}}, to));
  CHECK(!fit_affine(std::vector<Point>{{1, 500}, {200, 500.01}, {300, 500}, {900, 500}}, to));
  CHECK(!fit_affine(std::vector<Point>{{1, 2}, {5, 3}}, std::span(to).first(2)));
  CHECK(!fit_affine(std::vector<Point>{{1, NAN}, {2, 4}, {3, 1}, {10, 20}}, to));
  CHECK(fit_affine(std::vector<Point>{{1, 500}, {200, 520}, {300, 500}, {900, 500}}, to));
  CHECK_THROWS_WITH(fit_affine(to, std::span(to).first(3)), Contains("expected as many"));
}

TEST_CASE("key points are means of landmarks; of 49 the same ones as of 68") {
  std::vector<Point> landmarks = random_points(68, 4);
  const std::vector<Point> of_68 = key_points_of_landmarks(landmarks);
  REQUIRE(of_68.size() == 4);
  double x = 0;
  for (int i = 36; i < 42; ++i) x += landmarks[static_cast<std::size_t>(i)].x / 6;
  CHECK(of_68[0].x == Approx(x));
  CHECK(of_68[2] == landmarks[30]);
  // Without the jaw, and without the corners of the inner lips (60 and 64).
  std::vector<Point> without(landmarks.begin() + 17, landmarks.end());
  without.erase(without.begin() + 64 - 17);
  without.erase(without.begin() + 60 - 17);
  REQUIRE(without.size() == 49);
  CHECK(key_points_of_landmarks(without) == of_68);
  CHECK(key_points_of_landmarks(std::span(landmarks).first(6)).size() == 6);
  CHECK_THROWS_WITH(key_points_of_landmarks(std::span(landmarks).first(5)),
                    Contains("5 canonical landmarks") && Contains("--landmarks FILE"));
}

TEST_CASE("the shared pack's landmarks and canonical ones give its x and y channels") {
  const auto pack = test::shared_dir() / "golden/portrait_fcn/inputs";
  if (!test::have_shared() || !std::filesystem::exists(pack)) SKIP_CASE("../shared is not here");
  const std::vector<Point> canonical =
      read_landmarks(test::shared_dir() / "weights/portrait_fcn/canonical/landmarks_00047.txt");
  REQUIRE(canonical.size() == 49);
  const std::vector<Point> key_points = key_points_of_landmarks(canonical);
  CHECK(key_points[0].x < key_points[2].x);  // the right eye is on the left of the picture
  CHECK(key_points[2].x < key_points[1].x);
  CHECK(key_points[0].y < key_points[2].y);
  CHECK(key_points[2].y < key_points[3].y);
  for (const auto& entry : std::filesystem::directory_iterator(pack)) {
    INFO(entry.path().string());
    const Weights golden = Weights::open(entry.path());
    const WeightView& landmarks = *golden.find("landmarks");
    REQUIRE(landmarks.file_type == "F64");
    std::vector<Point> points(landmarks.data.size() / sizeof(Point));
    std::memcpy(points.data(), landmarks.data.data(), landmarks.data.size());
    const auto map = fit_affine(points, canonical);
    REQUIRE(map);
    if (golden.find("extra") == nullptr) continue;  // too large for the pack
    const WeightView& extra = *golden.find("extra");
    const std::vector<float> values = to_floats(extra);
    const auto h = static_cast<int>(extra.shape[1]), w = static_cast<int>(extra.shape[2]);
    double largest = 0;
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const Point p = apply(*map, {x + 1.0, y + 1.0});
        if (!(p.x > -600 && p.x < 1200 && p.y > -600 && p.y < 1400)) continue;
        const auto at = static_cast<std::size_t>(y * w + x);
        const auto plane = static_cast<std::size_t>(h * w);
        largest = std::max(largest, std::abs((p.x - 322) / 600 - static_cast<double>(values[at])));
        largest = std::max(largest, std::abs((p.y - 330) / 800 - static_cast<double>(values[plane + at])));
      }
    }
    CHECK(largest <= 1e-4);
  }
}

TEST_CASE("a point is seen where its pixel's part of the picture is") {
  const Seen half{.width = 200, .height = 100, .seen_width = 100, .seen_height = 50};
  CHECK(half({1.5, 1.5}) == Point{1, 1});  // the corner of four pixels that become one
  CHECK(half({200.5, 100.5}) == Point{100.5, 50.5});
  const auto values = face_input(Affine{1, 2, 3, 4, 5, 6});
  CHECK(values == std::array<float, 8>{1, 2, 3, 4, 5, 6, 1, 0});
  CHECK(face_input({}) == std::array<float, 8>{});
}

TEST_CASE("landmarks are lines of x y, with comments and empty lines") {
  CHECK(parse_landmarks("1, 2\n3.5\t-4e1\r\n\n# a comment\n 5 6 # another", "f") ==
        std::vector<Point>{{1, 2}, {3.5, -40}, {5, 6}});
  for (const char* bad : {"1 2\n3", "1 2\n3 4 5", "1 2\nx y", "1 2\n3 nan", "1 2\n3;4", "1 2\n3 4x", "1 2\n3 1e99",
                          "1 2\n3 inf", "1 2\n# \n\n1 2 3"}) {
    CAPTURE(bad);
    const int line = std::string_view(bad).find('#') == std::string_view::npos ? 2 : 4;
    REQUIRE_THROWS_WITH(parse_landmarks(bad, "face.txt"),
                        Contains("face.txt: line " + std::to_string(line)) && Contains("expected the two numbers x y"));
  }
  REQUIRE_THROWS_WITH(parse_landmarks("\n#\n", "face.txt"), Contains("face.txt: has no landmarks"));
}
