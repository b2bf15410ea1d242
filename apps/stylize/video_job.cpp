#include "apps/stylize/video_job.h"

#include "apps/stylize/bounded_queue.h"
#include "apps/stylize/files.h"
#include "runtime/error.h"

#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace impasto::stylize {
namespace {

// Pictures on the way in and on the way out: enough that no thread waits for a hiccup of another.
constexpr std::size_t kPictures = 4;
// Frames under way on a device that works beside the host: one is copied while the other is computed.
constexpr int kDepth = 2;

struct Decoded {
  media::Picture picture;
  Beside beside;
};

struct Painted {
  media::Picture picture;
  SidePictures sides;
};

// A video or numbered pictures; neither if it is not wanted.
struct SideWriter {
  std::unique_ptr<media::VideoWriter> video;
  std::optional<media::PictureSequence> pictures;

  void write(const media::Picture& picture) {
    if (video) video->write(picture);
    if (pictures) pictures->write(picture);
  }
  void finish() const {
    if (video) video->finish();
  }
};

// The writers of a job; none for a benchmark.
struct Writers {
  std::unique_ptr<media::VideoWriter> result;
  SideWriter matte;
  SideWriter foreground;
};

SideWriter open_side(const std::filesystem::path& file, const Options& options, media::VideoReader& reader,
                     media::Content content, const media::Say& say) {
  SideWriter writer;
  if (file.empty()) return writer;
  if (is_png(file)) {
    writer.pictures.emplace(file);
    return writer;
  }
  media::WriteOptions write;
  write.threads = options.threads;
  write.audio = options.write.audio;
  writer.video =
      std::make_unique<media::VideoWriter>(file, write, reader, reader.width(), reader.height(), content, say);
  return writer;
}

// Views that put frames of odd width side by side have no whole chroma samples at the seams: their chroma is not
// subsampled.
media::WriteOptions write_options(const Options& options, const media::VideoReader& reader) {
  media::WriteOptions write = options.write;
  write.threads = options.threads;
  const PixelFormat format = reader.format();
  if (tile_count(options.view) == 1 || reader.width() % 2 == 0 || !write.pix_fmt.empty()) return write;
  if (format.model == PixelFormat::Model::yuv && format.log2_chroma_w > 0) {
    const bool deep = format.depth > 8 && write.codec == "ffv1";
    write.pix_fmt = deep ? fmt::format("yuv444p{}le", format.depth) : "yuv444p";
  }
  return write;
}

Writers open_writers(const Options& options, media::VideoReader& reader, const media::Say& say) {
  Writers writers;
  if (options.benchmark) return writers;
  const int tiles = tile_count(options.view);
  writers.result =
      std::make_unique<media::VideoWriter>(options.output, write_options(options, reader), reader,
                                           reader.width() * tiles, reader.height(), media::Content::result, say);
  const PixelFormat format = writers.result->format();
  if (tiles > 1 && reader.width() % (1 << format.log2_chroma_w) != 0) {
    fail_usage("--pix-fmt {}: a --view of tiles {} pixels wide needs full chroma, such as yuv444p",
               options.write.pix_fmt, reader.width());
  }
  writers.matte = open_side(options.output_alpha, options, reader, media::Content::matte, say);
  writers.foreground = open_side(options.output_foreground, options, reader, media::Content::cut_out, say);
  return writers;
}

// The queues between the threads, and the pictures that go round through them.
class Flow {
 public:
  Flow() : free_frames(kPictures), frames(kPictures), free_painted(kPictures), painted(kPictures) {
    for (std::size_t i = 0; i < kPictures; ++i) {
      free_frames.push({});
      free_painted.push({});
    }
  }
  // Lets every thread come to its end.
  void stop() {
    free_frames.close();
    frames.close();
    free_painted.close();
    painted.close();
  }

  BoundedQueue<Decoded> free_frames, frames;
  BoundedQueue<Painted> free_painted, painted;
  std::exception_ptr decode_error, compute_error, encode_error;  // read after the threads are joined
};

// What comes beside a frame is read here too: the nets need not wait for it, and where it fails the frames before are
// painted to their end.
void decode(media::VideoReader& reader, const Setup& setup, const Interrupt& interrupt, Flow& flow, StageTimes& times) {
  std::optional<std::int64_t> first_pts;
  const auto read = [&](Decoded& frame) {
    if (!reader.read(frame.picture)) return false;
    if (!first_pts) first_pts = frame.picture.pts;
    if (setup.behind_video) {
      const double seconds = static_cast<double>(frame.picture.pts - *first_pts) * reader.tick();
      frame.beside.behind = setup.behind_video->at(seconds, reader.height(), reader.width());
    }
    if (setup.given_matte) frame.beside.matte = setup.given_matte->next();
    return true;
  };
  try {
    while (auto frame = flow.free_frames.pop()) {
      if (interrupt.requested()) break;
      if (!timed(times, [&] { return read(*frame); })) break;
      if (!flow.frames.push(std::move(*frame))) break;
    }
  } catch (...) {
    flow.decode_error = std::current_exception();
  }
  flow.frames.close();
}

void encode(Writers& writers, Progress& progress, Flow& flow, Report& report) {
  try {
    while (auto painted = flow.painted.pop()) {
      if (writers.result) {
        timed(report.encode, [&] {
          writers.result->write(painted->picture);
          writers.matte.write(painted->sides.matte);
          writers.foreground.write(painted->sides.foreground);
        });
      }
      progress.update(++report.frames);
      flow.free_painted.push(std::move(*painted));  // closed when there is nothing more to compute
    }
  } catch (...) {
    flow.encode_error = std::current_exception();
    flow.stop();
  }
}

// Takes the oldest frame out of the painter. False if no more are wanted.
bool pass_on(Painter& painter, Flow& flow) {
  auto painted = flow.free_painted.pop();
  if (!painted) return false;
  painter.collect(painted->picture, painted->sides);
  return flow.painted.push(std::move(*painted));
}

// On a device that works beside the host the next frame goes in before the last one is taken out.
void compute(Painter& painter, Flow& flow) {
  while (auto frame = flow.frames.pop()) {
    painter.submit(frame->picture, frame->beside);
    flow.free_frames.push(std::move(*frame));
    if (painter.under_way() == painter.depth() && !pass_on(painter, flow)) return;
  }
  painter.finish();
  while (painter.under_way() > 0 && pass_on(painter, flow)) {
  }
}

// Runs all three to their end. The nets stay in the calling thread: libgomp builds a team of threads for each caller.
void run_threads(media::VideoReader& reader, const Setup& setup, Painter& painter, Writers& writers, Progress& progress,
                 const Interrupt& interrupt, Flow& flow, Report& report) {
  std::jthread decoder([&] { decode(reader, setup, interrupt, flow, report.decode); });
  std::jthread encoder([&] { encode(writers, progress, flow, report); });
  try {
    compute(painter, flow);
  } catch (...) {
    flow.compute_error = std::current_exception();
  }
  flow.stop();
}

// What ended the job before its input did, if anything; the frames before it are written.
void rethrow_failure(const Flow& flow) {
  for (const std::exception_ptr& error : {flow.compute_error, flow.decode_error}) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace

void run_video(const Options& options, const Setup& setup, Progress& progress, const Interrupt& interrupt,
               Report& report) {
  const media::Say say = [&](const std::string& text) { progress.remark(text); };
  media::ReadOptions read = options.read;
  read.threads = options.threads;
  media::VideoReader reader(options.input, read, say);
  Writers writers = open_writers(options, reader, say);
  const PixelFormat out = writers.result ? writers.result->format() : reader.format();
  Painter painter(options, setup, reader.height(), reader.width(), reader.format(), out, kDepth, reader.tick(),
                  writers.foreground.video ? writers.foreground.video->format() : PixelFormat{});
  report.width = reader.width() * tile_count(options.view);
  report.height = reader.height();

  Flow flow;
  progress.start(reader.frame_count());
  run_threads(reader, setup, painter, writers, progress, interrupt, flow, report);
  report.nodes = painter.nodes();
  report.interrupted = interrupt.requested();
  if (flow.encode_error) std::rethrow_exception(flow.encode_error);
  if (report.frames == 0) {
    rethrow_failure(flow);
    if (report.interrupted) return;
    fail("{}: there are no frames in what was asked for", options.input.string());
  }
  if (writers.result) writers.result->finish();
  writers.matte.finish();
  writers.foreground.finish();
  progress.finish(report.frames);
  if (const std::optional<double> flicker = painter.matte_flicker()) {
    progress.detail(fmt::format("flicker of the matte where the picture stands still: {:.3g}", *flicker));
  }
  if (const std::optional<double> flicker = painter.painted_flicker()) {
    progress.detail(fmt::format("flicker of the result where the picture stands still: {:.3g}", *flicker));
  }
  try {
    rethrow_failure(flow);
  } catch (const std::exception& error) {
    report.damage = error.what();
  }
  if (report.damage.empty() && writers.result && !writers.result->damage().empty()) {
    report.damage = fmt::format("{}: damaged beside the video: {}", options.input.string(), writers.result->damage());
  }
}

}  // namespace impasto::stylize
