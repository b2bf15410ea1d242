// The frame's graph: which nodes are there, and above all which are not.
#include "nets/frame.h"
#include "runtime/error.h"
#include "tests/slim_shapes.h"
#include "tests/support.h"

#include <stdexcept>
#include <tuple>

using namespace impasto;

namespace {

constexpr PixelFormat kRgb{};
constexpr PixelFormat kYuv420{
    .model = PixelFormat::Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1, .range = PixelFormat::Range::limited};

// A net of random weights that outlives the graphs made of it.
struct Loaded {
  explicit Loaded(const char* name) : net(&find_net(name)), weights(Weights::random(net->weight_table(), 1)) {}
  const Net* net;
  Weights weights;
};

struct Nets {
  Loaded multistyle{"multistyle"};
  Loaded transform_net{"transform_net"};
  Loaded selfie{"selfie"};
};

FrameSpec frame(const PixelFormat& in, const PixelFormat& out, const Loaded* style, const Loaded* matte) {
  FrameSpec spec{.height = 33, .width = 47, .in = in, .out = out};
  if (style != nullptr) {
    spec.style_net = style->net;
    spec.style_weights = &style->weights;
  }
  if (matte != nullptr) {
    spec.matte_net = matte->net;
    spec.matte_weights = &matte->weights;
  }
  return spec;
}

int count(const FrameGraph& frame, std::string_view part) {
  int found = 0;
  for (const Node& node : frame.graph.nodes()) found += node.name.find(part) != std::string::npos ? 1 : 0;
  return found;
}

Composite comp(const FrameGraph& frame) {
  for (const Node& node : frame.graph.nodes()) {
    if (node.name == "composite/comp") return std::get<Composite>(node.op);
  }
  throw std::runtime_error("no composite/comp");
}

}  // namespace

TEST_CASE("nothing to paint and nothing to cut is one copy of the planes") {
  const Nets nets;
  for (const View view : {View::comp, View::styled}) {
    FrameSpec spec = frame(kYuv420, kYuv420, nullptr, nullptr);
    spec.view = view;
    const FrameGraph f = build_frame(spec);
    REQUIRE(f.graph.nodes().size() == 1);
    CHECK(std::holds_alternative<ConvertPlanes>(f.graph.nodes().front().op));
    CHECK(f.in.size() == 3);
    CHECK(f.tiles.front().size() == 3);
  }
  FrameSpec spec = frame(kRgb, kRgb, &nets.multistyle, &nets.selfie);
  spec.strength = 0;
  CHECK(build_frame(spec).graph.nodes().size() == 1);
}

TEST_CASE("no matte net where the person is treated as the background is") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kYuv420, &nets.multistyle, &nets.selfie);
  spec.apply = Apply::frame;
  CHECK(count(build_frame(spec), "matte/") == 0);
  spec.apply = Apply::person;
  spec.behind = Behind::styled;
  CHECK(count(build_frame(spec), "matte/") == 0);
  spec.behind = Behind::original;
  CHECK(count(build_frame(spec), "matte/guided_filter") == 1);
  spec.view = View::styled;
  CHECK(count(build_frame(spec), "matte/") == 0);
  spec.output_alpha = true;
  CHECK(count(build_frame(spec), "matte/guided_filter") == 1);
}

TEST_CASE("no style net where no paint shows") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kYuv420, &nets.multistyle, &nets.selfie);
  spec.apply = Apply::background;
  spec.behind = Behind::picture;
  FrameGraph f = build_frame(spec);
  CHECK(count(f, "style/") == 0);
  CHECK(f.style == kAbsent);
  CHECK(f.graph.is_persistent(f.picture));
  spec.view = View::matte;
  f = build_frame(spec);
  CHECK(count(f, "style/") == 0);
  CHECK(count(f, "composite/comp") == 0);
  CHECK(f.picture == kAbsent);
}

TEST_CASE("the nets and the filter run once however many tiles show them") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kRgb, &nets.multistyle, &nets.selfie);
  spec.view = View::four_up;
  spec.output_alpha = true;
  const FrameGraph f = build_frame(spec);
  CHECK(f.tiles.size() == 4);
  CHECK(count(f, "style/contract.0") == 2);  // the convolution and its norm
  CHECK(count(f, "matte/segment") == 1);
  CHECK(count(f, "matte/guided_filter") == 1);
  CHECK(count(f, "composite/to_rgb") == 1);
  CHECK(f.graph.tensor(f.alpha).shape == Shape{1, 33, 47, 1});
  CHECK(f.graph.is_persistent(f.style));
}

TEST_CASE("a matte of the frame's size is not filtered") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kRgb, nullptr, &nets.selfie);
  spec.height = spec.width = 256;
  spec.view = View::matte;
  spec.matte_feather = 2;
  const FrameGraph f = build_frame(spec);
  CHECK(count(f, "guided_filter") == 0);
  CHECK(count(f, "matte/threshold") == 1);
  CHECK(count(f, "matte/feather") == 1);
}

TEST_CASE("islands, holes and growth come between threshold and feather, each if it is asked for") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kRgb, nullptr, &nets.selfie);
  spec.view = View::matte;
  spec.matte_feather = 2;
  spec.matte_grow = -1.5F;
  const FrameGraph f = build_frame(spec);
  std::vector<std::string> last;
  for (const Node& node : f.graph.nodes().last(6)) last.push_back(node.name);
  CHECK(last == std::vector<std::string>{"matte/threshold", "matte/islands", "matte/holes", "matte/grow",
                                         "matte/feather", "matte/matte_picture"});
  spec.matte_min_area = spec.matte_grow = 0;
  spec.matte_fill = false;
  const FrameGraph plain = build_frame(spec);
  for (const char* node : {"islands", "holes", "grow"}) CHECK(count(plain, node) == 0);
  spec.matte_net = nullptr;
  spec.matte_fill = true;
  CHECK(count(build_frame(spec), "holes") == 0);
}

TEST_CASE("a portrait net works at the frame's size, or at the longest side that is asked for") {
  const Net& net = find_net("portrait-fcn+");
  const Weights weights = Weights::random(weight_table(net, test::slim_shapes(2)), 1);
  FrameSpec spec = frame(kYuv420, kYuv420, nullptr, nullptr);
  spec.matte_net = &net;
  spec.matte_weights = &weights;
  spec.view = View::matte;
  for (const int size : {0, 47, 800}) {
    spec.matte_size = size;
    const FrameGraph f = build_frame(spec);
    CHECK(f.seen_h == 33);
    CHECK(f.seen_w == 47);
    CHECK(count(f, "guide") == 0);
    CHECK(f.graph.tensor(f.face).shape == kFaceShape);
    CHECK(f.graph.is_persistent(f.face));
  }
  for (const auto& [size, h, w] : {std::tuple{46, 32, 46}, {20, 14, 20}, {1, 1, 1}}) {
    spec.matte_size = size;
    const FrameGraph f = build_frame(spec);
    CHECK(f.seen_h == h);
    CHECK(f.seen_w == w);
    CHECK(count(f, "matte/guide") == 2);  // the frame reduced, once, and the filter
    CHECK(count(f, "matte/resize") == 0);
    CHECK(f.graph.tensor(f.tiles.front().front()).shape == Shape{1, 33, 47, 1});
  }
  spec.apply = Apply::frame;
  spec.view = View::comp;
  CHECK(build_frame(spec).face == kAbsent);
}

TEST_CASE("frames smaller than a net's least size are extended") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kRgb, &nets.multistyle, nullptr);
  spec.height = 1;
  spec.width = 30;
  const FrameGraph f = build_frame(spec);
  CHECK(count(f, "style/extend") == 1);
  CHECK(f.graph.tensor(f.tiles.front().front()).shape == Shape{1, 1, 30, 3});
}

TEST_CASE("a style net works at the size that is asked for") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kYuv420, &nets.multistyle, &nets.selfie);
  spec.style_size = 47;
  CHECK(count(build_frame(spec), "style/resize_back") == 0);
  spec.style_size = 20;  // 14 x 20, and 16 x 20 in the net
  FrameGraph f = build_frame(spec);
  CHECK(count(f, "style/reduce") == 1);
  CHECK(count(f, "style/cut") == 1);
  CHECK(count(f, "style/resize_back") == 1);
  spec.style_precision = Precision::fp16;
  spec.style_size = 250;
  spec.behind = Behind::other_style;
  spec.behind_net = nets.transform_net.net;
  spec.behind_weights = &nets.transform_net.weights;
  f = build_frame(spec);
  CHECK(count(f, "/enlarge") == 2);
  CHECK(count(f, "/resize_back") == 2);
  CHECK(count(f, "style/halve") == 2);  // 125, 62
  CHECK(count(f, "style/behind/extend") == 1);
  CHECK(count(f, "style/extend") == 0);
}

TEST_CASE("beyond the frame's edges is painted where the net pads with zeros, or where that is asked for") {
  const Nets nets;
  for (const auto& [border, multistyle, transform_net] :
       {std::tuple{Border::automatic, 0, 1}, {Border::none, 0, 0}, {Border::extend, 1, 1}}) {
    FrameSpec spec = frame(kRgb, kRgb, &nets.multistyle, nullptr);
    spec.border = border;
    CHECK(count(build_frame(spec), "style/extend") == multistyle);
    spec.style_net = nets.transform_net.net;
    spec.style_weights = &nets.transform_net.weights;
    const FrameGraph f = build_frame(spec);
    CHECK(count(f, "style/extend") == transform_net);
    CHECK(count(f, "style/cut") == transform_net);
    CHECK(comp(f).truncate);
  }
}

TEST_CASE("preserved colours have the luma of the frame's matrix, or 709's") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kYuv420, &nets.multistyle, &nets.selfie);
  spec.preserve_colour = true;
  const auto op = [&] {
    const FrameGraph f = build_frame(spec);
    for (const Node& node : f.graph.nodes()) {
      if (node.name == "style/preserve_colour") return std::get<PreserveColour>(node.op);
    }
    throw std::runtime_error("no style/preserve_colour");
  };
  CHECK(op().kr == 0.299F);
  CHECK(op().painted_scale == 255);
  spec.in = kRgb;
  CHECK(op().kr == 0.2126F);
  CHECK(comp(build_frame(spec)).painted_scale == 1);
  spec.style_net = nets.transform_net.net;
  spec.style_weights = &nets.transform_net.weights;
  spec.apply = Apply::frame;
  CHECK_FALSE(comp(build_frame(spec)).truncate);
}

TEST_CASE("apply says who is painted") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kYuv420, &nets.multistyle, &nets.selfie);
  spec.strength = 0.5F;
  Composite op = comp(build_frame(spec));
  CHECK(op.paint_inside == 0.5F);
  CHECK(op.paint_outside == 0);
  CHECK(op.painted_scale == 255);
  spec.apply = Apply::background;
  op = comp(build_frame(spec));
  CHECK(op.paint_inside == 0);
  CHECK(op.paint_outside == 0.5F);
  spec.apply = Apply::frame;
  op = comp(build_frame(spec));
  CHECK(op.paint_inside == 0.5F);
  CHECK(op.paint_outside == 0.5F);
}

TEST_CASE("pure paint becomes integers by the net's own rule") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kRgb, &nets.transform_net, &nets.selfie);
  spec.apply = Apply::frame;
  CHECK(comp(build_frame(spec)).truncate);
  spec.strength = 0.9F;
  CHECK_FALSE(comp(build_frame(spec)).truncate);
  spec.strength = 1;
  spec.apply = Apply::person;
  CHECK_FALSE(comp(build_frame(spec)).truncate);
  spec.apply = Apply::frame;
  spec.out = kYuv420;
  CHECK_FALSE(comp(build_frame(spec)).truncate);
  spec = frame(kRgb, kRgb, &nets.multistyle, &nets.selfie);
  spec.apply = Apply::frame;
  CHECK_FALSE(comp(build_frame(spec)).truncate);
}

TEST_CASE("a strength outside 0..1 is refused") {
  const Nets nets;
  FrameSpec spec = frame(kRgb, kRgb, &nets.multistyle, nullptr);
  spec.strength = 1.5F;
  CHECK_THROWS_AS(build_frame(spec), Error);
}

TEST_CASE("a matte that is smoothed over time makes the frame before the newest be painted, any other does not") {
  const Nets nets;
  FrameSpec spec = frame(kYuv420, kYuv420, &nets.multistyle, &nets.selfie);
  const FrameGraph off = build_frame(spec);
  CHECK_FALSE(off.look_ahead);
  CHECK(count(off, "keep_") == 0);
  spec.matte_smooth = 0.5F;
  const FrameGraph on = build_frame(spec);
  CHECK(on.look_ahead);
  CHECK(on.graph.tensor(on.moment).shape == kMomentShape);
  CHECK(on.graph.is_persistent(on.moment));
  CHECK(count(on, "matte/smooth") == 2);  // before the guided filter and behind it
  CHECK(count(on, "composite/keep_plane") == 3);
  CHECK(count(on, "matte/segment") == count(off, "matte/segment"));
  spec.apply = Apply::frame;  // no matte shows
  CHECK_FALSE(build_frame(spec).look_ahead);
  CHECK(build_frame(spec).moment == kAbsent);
}
