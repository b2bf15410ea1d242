// Sound, subtitles, covers, attachments, chapters and metadata: copied, converted, or dropped and named.
#include "tests/media/tools.h"

#include <cstdlib>
#include <fstream>

using namespace impasto;
using namespace impasto::test;

namespace {

std::string video_and_tone(int seconds) {
  return "-f lavfi -i testsrc2=s=64x48:r=25:d=" + std::to_string(seconds) +
         " -f lavfi -i sine=f=440:r=44100:d=" + std::to_string(seconds) + " -c:v libx264 -pix_fmt yuv420p ";
}

std::vector<std::string> codecs(const std::filesystem::path& file) {
  return probe("-show_entries stream=codec_name", file);
}

std::string stream_md5(const std::filesystem::path& file, const std::string& stream) {
  return output_of("ffmpeg -nostdin -v error -i '" + file.string() + "' -map 0:" + stream + " -c copy -f md5 -");
}

void write_srt(const std::filesystem::path& file) {
  std::ofstream(file) << "1\n00:00:00,500 --> 00:00:01,000\nfirst line\n\n2\n00:00:01,500 --> 00:00:01,900\nsecond\n\n";
}

// Start of the click in a clip of silence with a click, in seconds; from the decoded sound.
double click_time(const std::filesystem::path& file) {
  const std::string samples = output_of("ffmpeg -nostdin -v error -copyts -i '" + file.string() +
                                        "' -map 0:a:0 -af aresample=48000:async=1:first_pts=0 -ac 1 -f s16le -");
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
    std::int16_t v = 0;
    std::memcpy(&v, &samples[i], 2);
    if (std::abs(v) > 8000) return static_cast<double>(i / 2) / 48000;
  }
  return -1;
}

}  // namespace

TEST_CASE("Sound is copied bit for bit where the container takes its codec") {
  NEED_FFMPEG();
  const auto [codec, in, out] = GENERATE(table<std::string, std::string, std::string>({
      {"aac", "in.mp4", "out.mp4"},
      {"aac", "in.mp4", "out.mkv"},
      {"aac", "in.mp4", "out.mov"},
      {"libmp3lame", "in.mp4", "out.mkv"},
      {"pcm_s16le", "in.mov", "out.mov"},
      {"pcm_s16le", "in.mkv", "out.mkv"},
      {"flac", "in.mkv", "out.mkv"},
      {"libopus", "in.mkv", "out.webm"},
      {"libopus", "in.mkv", "out.mp4"},
      {"ac3", "in.ts", "out.mp4"},
  }));
  CAPTURE(codec, out);
  const TempDir folder;
  ffmpeg(video_and_tone(1) + "-c:a " + codec + " '" + (folder / in).string() + "'");
  const Pass p = pass(folder / in, folder / out);
  CHECK(codecs(folder / out).size() == 2);
  CHECK(stream_md5(folder / out, "a") == stream_md5(folder / in, "a"));
  CHECK_FALSE(p.said.has("dropped"));
}

TEST_CASE("AAC of a transport stream fits into mp4") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg(video_and_tone(1) + "-c:a aac '" + (folder / "in.ts").string() + "'");
  pass(folder / "in.ts", folder / "out.mp4");
  CHECK(codecs(folder / "out.mp4") == std::vector<std::string>{"h264", "aac"});
}

TEST_CASE("Other sound is encoded: AAC, Opus in webm; in step and of the same length") {
  NEED_FFMPEG();
  const auto [out, codec, channels] = GENERATE(table<std::string, std::string, int>({{"out.mp4", "aac", 1},
                                                                                     {"out.mp4", "aac", 2},
                                                                                     {"out.mp4", "aac", 6},
                                                                                     {"out.webm", "opus", 1},
                                                                                     {"out.webm", "opus", 6}}));
  CAPTURE(out, channels);
  const TempDir folder;
  // 22.05 kHz, a click at 1.25 s.
  ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i "
      "\"aevalsrc='if(between(t,1.25,1.30),sin(2*PI*800*t),0)':s=22050:d=2\""
      " -c:v libx264 -pix_fmt yuv420p -c:a pcm_s16le -ac " +
      std::to_string(channels) + " '" + (folder / "in.avi").string() + "'");
  pass(folder / "in.avi", folder / out);
  CHECK(codecs(folder / out)[1] == codec);
  CHECK(std::abs(click_time(folder / out) - 1.25) < 0.004);
  const std::vector<double> times = packet_times("a", folder / out);
  CHECK(std::abs(times.back() - 2) < 0.05);

  media::ReadOptions read;
  read.start = 1;
  read.duration = 0.8;
  pass(folder / "in.avi", folder / out, {}, read);
  CHECK(std::abs(click_time(folder / out) - 0.25) < 0.004);
  CHECK(std::abs(packet_times("a", folder / out).back() - 0.8) < 0.05);
}

TEST_CASE("QuickTime gets AAC where only mp4 takes the codec") {
  NEED_FFMPEG();
  const std::string codec = GENERATE("libopus", "flac");
  const TempDir folder;
  ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a " + codec +
         " '" + (folder / "in.mkv").string() + "'");
  CHECK(pass(folder / "in.mkv", folder / "out.mov").frames == 25);
  CHECK(codecs(folder / "out.mov")[1] == "aac");
}

TEST_CASE("Sound that begins late stays late, copied and encoded") {
  NEED_FFMPEG();
  const std::string out = GENERATE("out.mkv", "out.mp4", "out.webm");
  CAPTURE(out);
  const TempDir folder;
  ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -itsoffset 0.7 -f lavfi -i "
      "\"aevalsrc='if(gt(t,0.25),sin(2*PI*800*t),0)':d=1\""
      " -c:v libx264 -pix_fmt yuv420p -c:a flac '" +
      (folder / "in.mkv").string() + "'");
  pass(folder / "in.mkv", folder / out);
  CHECK(std::abs(click_time(folder / out) - 0.95) < 0.005);
}

TEST_CASE("Option --no-audio leaves sound out without a remark") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg(video_and_tone(1) + "-c:a aac '" + (folder / "in.mp4").string() + "'");
  media::WriteOptions write;
  write.audio = false;
  const Pass p = pass(folder / "in.mp4", folder / "out.mp4", write);
  CHECK(codecs(folder / "out.mp4") == std::vector<std::string>{"h264"});
  CHECK(p.said.lines.empty());
}

TEST_CASE("Every sound track comes along, with its language") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg(video_and_tone(1) +
         "-map 0 -map 1 -map 1 -c:a aac -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra '" +
         (folder / "in.mkv").string() + "'");
  pass(folder / "in.mkv", folder / "out.mp4");
  CHECK(probe("-select_streams a -show_entries stream_tags=language", folder / "out.mp4") ==
        std::vector<std::string>{"deu", "fra"});
}

TEST_CASE("Text subtitles are copied or converted") {
  NEED_FFMPEG();
  const auto [out, codec] = GENERATE(table<std::string, std::string>(
      {{"out.mkv", "subrip"}, {"out.mp4", "mov_text"}, {"out.mov", "mov_text"}, {"out.webm", "webvtt"}}));
  CAPTURE(out);
  const TempDir folder;
  write_srt(folder / "in.srt");
  ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=2 -i '" + (folder / "in.srt").string() +
         "' -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p -c:s srt '" + (folder / "in.mkv").string() + "'");
  const Pass p = pass(folder / "in.mkv", folder / out);
  CHECK(codecs(folder / out)[1] == codec);
  const std::string text = output_of("ffmpeg -v error -i '" + (folder / out).string() + "' -map 0:s -f srt -");
  CHECK(text.find("00:00:00,500 --> 00:00:01,000") != std::string::npos);
  CHECK(text.find("first line") != std::string::npos);
  CHECK(text.find("00:00:01,500 --> 00:00:01,900") != std::string::npos);
  CHECK_FALSE(p.said.has("dropped"));
}

TEST_CASE("mov_text becomes a subtitle that Matroska takes") {
  NEED_FFMPEG();
  const TempDir folder;
  write_srt(folder / "in.srt");
  ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=2 -i '" + (folder / "in.srt").string() +
         "' -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p -c:s mov_text '" + (folder / "in.mp4").string() + "'");
  pass(folder / "in.mp4", folder / "out.mkv");
  const std::string text = output_of("ffmpeg -v error -i '" + (folder / "out.mkv").string() + "' -map 0:s -f srt -");
  CHECK(text.find("00:00:00,500 --> 00:00:01,000") != std::string::npos);
  CHECK(text.find("second") != std::string::npos);
}

TEST_CASE("What a container has no place for is named in one warning") {
  NEED_FFMPEG();
  const TempDir folder;
  std::ofstream(folder / "note.txt") << "a note";
  ffmpeg(video_and_tone(1) + "-c:a aac -attach '" + (folder / "note.txt").string() +
         "' -metadata:s:t mimetype=text/plain '" + (folder / "in.mkv").string() + "'");
  const Pass kept = pass(folder / "in.mkv", folder / "out.mkv");
  CHECK(kept.said.lines.empty());
  CHECK(probe("-select_streams t -show_entries stream_tags=filename", folder / "out.mkv") ==
        std::vector<std::string>{"note.txt"});
  const Pass lost = pass(folder / "in.mkv", folder / "out.mp4");
  REQUIRE(lost.said.lines.size() == 1);
  CHECK(lost.said.has("attachment"));
}

TEST_CASE("Cover art is no video, and is kept where there is a place for it") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg("-f lavfi -i testsrc=s=400x400:d=1 -frames:v 1 '" + (folder / "cover.jpg").string() + "'");
  ffmpeg(video_and_tone(1) + "-c:a aac '" + (folder / "plain.mp4").string() + "'");
  // The cover comes first and is the larger picture.
  ffmpeg("-i '" + (folder / "plain.mp4").string() + "' -i '" + (folder / "cover.jpg").string() +
         "' -map 1 -map 0 -c copy -disposition:v:0 attached_pic '" + (folder / "in.mp4").string() + "'");
  media::VideoReader reader(folder / "in.mp4", {}, [](const std::string&) {});
  CHECK(reader.width() == 64);
  const std::string out = GENERATE("out.mp4", "out.mkv");
  CAPTURE(out);
  const Pass p = pass(folder / "in.mp4", folder / out);
  CHECK(p.frames == 25);
  CHECK(p.said.lines.empty());
  CHECK(probe("-select_streams v -show_entries stream=width,disposition:stream_disposition=attached_pic", folder / out)
            .size() == 2);
  CHECK(video_entry("width", folder / out) == "64");
  CHECK(output_of("ffmpeg -v error -i '" + (folder / out).string() + "' -map 0:v -map -0:V -c copy -f md5 -") ==
        output_of("ffmpeg -v error -i '" + (folder / "in.mp4").string() + "' -map 0:v -map -0:V -c copy -f md5 -"));
  CHECK(pass(folder / "in.mp4", folder / "out.webm").said.has("cover"));

  ffmpeg("-f lavfi -i sine -i '" + (folder / "cover.jpg").string() +
         "' -map 0 -map 1 -t 1 -c:a libmp3lame -c:v copy -disposition:v attached_pic '" +
         (folder / "song.mp3").string() + "'");
  const auto open = [&] { media::VideoReader(folder / "song.mp3", {}, [](const std::string&) {}); };
  CHECK(thrown_by(open).message.find("only cover art") != std::string::npos);
}

TEST_CASE("Title and chapters are carried over, and cut with the range") {
  NEED_FFMPEG();
  const TempDir folder;
  std::ofstream(folder / "meta.txt") << ";FFMETADATA1\ntitle=A title\nartist=Somebody\n"
                                        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
                                        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n";
  ffmpeg("-i '" + (folder / "meta.txt").string() + "' " + video_and_tone(2) +
         "-map 1 -map 2 -map_metadata 0 -c:a aac '" + (folder / "in.mp4").string() + "'");
  const std::string out = GENERATE("out.mkv", "out.mp4", "out.mov");
  CAPTURE(out);
  const Pass p = pass(folder / "in.mp4", folder / out);
  CHECK(p.said.lines.empty());
  CHECK(probe("-show_entries format_tags=title", folder / out) == std::vector<std::string>{"A title"});
  CHECK(probe("-show_chapters -show_entries chapter=start_time,end_time:chapter_tags=title", folder / out) ==
        std::vector<std::string>{"0.000000,1.000000,One", "1.000000,2.000000,Two"});
  media::ReadOptions read;
  read.start = 1.2;
  pass(folder / "in.mp4", folder / out, {}, read);
  CHECK(probe("-show_chapters -show_entries chapter=start_time,end_time:chapter_tags=title", folder / out) ==
        std::vector<std::string>{"0.000000,0.800000,Two"});
}
