"""Video, sound and moving pictures, by ffmpeg: one input, named demuxer and decoders, no network.

ffmpeg is told what the file is; it never guesses, opens no second file and reads no playlist.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fedi.core.media.decoder import images
from fedi.core.media.decoder.cage import Refusal

_VIDEO_DECODERS = "h264,hevc,vp8,libvpx,vp9,libvpx-vp9,av1,libdav1d,mpeg4,theora,mjpeg,png,gif"
_AUDIO_DECODERS = (
    "aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,pcm_s16le,pcm_s16be,pcm_u8,"
    "pcm_s24le,pcm_s32le,pcm_f32le,pcm_alaw,pcm_mulaw,amrnb,amrwb,libopencore_amrnb,"
    "libopencore_amrwb"
)
_MOST_PIXELS_SHOWN = 2_073_600
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_BITRATE = re.compile(r"bitrate: (\d+) kb/s")
_STREAM = re.compile(r"Stream #0:(\d+)[^:]*(?:\([^)]*\))?: (Video|Audio): (.*)")
_SIZE = re.compile(r"[ ,](\d{1,6})x(\d{1,6})[ ,\[]")
_RATE = re.compile(r"([\d.]+)(k?) fps")
_TIMEBASE = re.compile(r"([\d.]+)(k?) tbr")
_TURN = re.compile(r"rotation of (-?[\d.]+) degrees")
_MOST_STREAMS = 16

Report = dict[str, Any]


@dataclass(slots=True)
class Video:
    """The video in a file, as it is shown: turned upright."""

    codec: str
    pixels: str
    width: int
    height: int
    rate: float
    is_cover: bool


@dataclass(slots=True)
class Probe:
    """What is in a file."""

    duration: float
    bitrate: int
    video: Video | None
    audio: str | None
    audio_line: str


def process(order: Mapping[str, Any]) -> Report:
    """A video or a sound."""
    probe = _probe(order)
    if probe.video is not None and not probe.video.is_cover:
        return _process_video(order, probe, probe.video)
    if probe.audio is None:
        raise Refusal("The file holds neither video nor sound")
    return _process_audio(order, probe)


def animate(order: Mapping[str, Any], pages: int, width: int, height: int) -> Report:
    """A picture that moves, as a video without sound that plays over and over."""
    folder = Path(order["folder"])
    target = folder / "original.mp4"
    scale = _scale(width, height)
    tail = [*_H264, "-vf", scale, "-an", "-frames:v", str(pages), *_CLEAN, str(target)]
    if order["extension"] == "gif":
        _run(["-f", "gif", "-ignore_loop", "1", "-i", _file(order["source"]), *tail], order)
    else:
        _pipe_frames(order, pages, tail)
    made = _probe({**order, "source": str(target), "demuxer": "mov"})
    if made.video is None:
        raise Refusal("The animation could not be read")
    return _report("gifv", target, made, made.video, _grab(order, target))


def _process_video(order: Mapping[str, Any], probe: Probe, video: Video) -> Report:
    _check(order, probe, video)
    target = Path(order["folder"]) / "original.mp4"
    source = ["-f", order["demuxer"], "-i", _file(order["source"])]
    if _may_pass(order, probe, video):
        streams = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy"]
        # What cameras write between the pictures goes as well.
        cleaned = ["-bsf:v", "filter_units=remove_types=6"]
        _run([*source, *streams, *cleaned, *_CLEAN, str(target)], order)
    else:
        streams = ["-map", "0:v:0", "-map", "0:a:0?"]
        rate = ["-r", "60"] if video.rate > 60 else []
        sound = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
        scale = ["-vf", _scale(video.width, video.height)]
        most = ["-frames:v", str(order["max_frames"])]
        _run([*source, *streams, *_H264, *scale, *rate, *sound, *most, *_CLEAN, str(target)], order)
    made = _probe({**order, "source": str(target), "demuxer": "mov"})
    if made.video is None:
        raise Refusal("The video could not be read")
    # Without a sound it is what apps play over and over, as they do a moving picture.
    kind = "video" if made.audio else "gifv"
    return _report(kind, target, made, made.video, _grab(order, target))


def _process_audio(order: Mapping[str, Any], probe: Probe) -> Report:
    folder = Path(order["folder"])
    source = ["-f", order["demuxer"], "-i", _file(order["source"])]
    keeps = order["demuxer"] == "mp3" and probe.audio == "mp3"
    codec = ["-c:a", "copy"] if keeps else ["-c:a", "libmp3lame", "-q:a", "2", "-ac", "2"]
    target = folder / "original.mp3"
    _run([*source, "-map", "0:a:0", "-vn", *codec, *_STRIPPED, "-id3v2_version", "0",
          "-write_xing", "1", "-f", "mp3", str(target)], order)  # fmt: skip
    made = _probe({**order, "source": str(target), "demuxer": "mp3"})
    duration = made.duration or probe.duration
    meta: Report = {
        **_length(duration),
        "audio_encode": made.audio,
        "audio_bitrate": f"{made.bitrate // 1000} kb/s",
        "audio_channels": "mono" if "mono" in made.audio_line else "stereo",
        "original": {"duration": duration, "bitrate": made.bitrate},
    }
    report: Report = {"type": "audio", "original": target.name, "small": None, "blurhash": None}
    cover = _cover(order, probe)
    if cover is not None:
        report.update(small=cover["small"], blurhash=cover["blurhash"])
        meta["small"] = cover["small_size"]
        meta["colors"] = cover["colors"]
    return {**report, "meta": meta}


def _cover(order: Mapping[str, Any], probe: Probe) -> Report | None:
    """The picture that sits in many a sound; a broken one is no reason to refuse the sound."""
    if probe.video is None or probe.video.width * probe.video.height > order["max_pixels"]:
        return None
    with suppress(Refusal, images.pyvips.Error):
        return _grab(order, Path(order["source"]), order["demuxer"])
    return None


def _check(order: Mapping[str, Any], probe: Probe, video: Video) -> None:
    pixels = video.width * video.height
    if pixels > order["video_max_pixels"] or max(video.width, video.height) > 8192 or not pixels:
        raise Refusal(f"{video.width}x{video.height} videos are not supported")
    if video.rate > order["max_rate"]:
        raise Refusal(f"{video.rate:g}fps videos are not supported")
    if probe.duration * video.rate > order["max_frames"]:
        raise Refusal("The video is too long")


def _may_pass(order: Mapping[str, Any], probe: Probe, video: Video) -> bool:
    """Whether every app can play the streams as they are."""
    return (
        order["demuxer"] == "mov"
        and video.codec == "h264"
        and video.pixels.startswith(("yuv420p", "yuvj420p"))
        and probe.audio in {None, "aac"}
        and video.width * video.height <= _MOST_PIXELS_SHOWN * 2
        and video.rate <= 60
        and probe.bitrate < 12_000_000
    )


# Nothing but the streams themselves, and the table of contents first.
_STRIPPED = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
             "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-sn", "-dn"]  # fmt: skip
_CLEAN = [*_STRIPPED, "-movflags", "+faststart", "-f", "mp4"]
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p",
         "-maxrate", "6M", "-bufsize", "12M", "-profile:v", "high", "-threads", "2",
         "-x264-params", "rc-lookahead=20:ref=3"]  # fmt: skip


def _scale(width: int, height: int) -> str:
    """The filter that makes a video small enough, with even sides as the codec needs them."""
    share = min(1.0, (_MOST_PIXELS_SHOWN / max(width * height, 1)) ** 0.5)
    wide, high = (max(int(side * share) // 2 * 2, 2) for side in (width, height))
    return f"scale={wide}:{high},setsar=1,format=yuv420p"


def _grab(order: Mapping[str, Any], source: Path, demuxer: str = "mov") -> Report:
    """The first frame as a small picture."""
    folder = Path(order["folder"])
    shot = folder / "frame.png"
    _run(["-f", demuxer, "-i", _file(source), "-map", "0:v:0", "-frames:v", "1", "-an",
          "-map_metadata", "-1", "-c:v", "png", "-f", "image2", "-update", "1", str(shot)],
         order)  # fmt: skip
    if not shot.exists():
        raise Refusal("The video has no picture")
    try:
        return images.frame(shot, folder)
    finally:
        shot.unlink()


def _report(kind: str, target: Path, probe: Probe, video: Video, shot: Mapping[str, Any]) -> Report:
    rate = f"{round(video.rate * 1000)}/1000" if video.rate % 1 else f"{video.rate:.0f}/1"
    whole = {
        "width": video.width,
        "height": video.height,
        "frame_rate": rate,
        "duration": probe.duration,
        "bitrate": probe.bitrate,
    }
    meta: Report = {
        **_length(probe.duration),
        "fps": round(video.rate),
        **images.describe(video.width, video.height),
        "original": whole,
        "small": shot["small_size"],
    }
    if probe.audio:
        meta["audio_encode"] = probe.audio
        meta["audio_bitrate"] = probe.audio_line.split(", ")[1] if ", " in probe.audio_line else ""
        meta["audio_channels"] = "mono" if "mono" in probe.audio_line else "stereo"
    report = {"type": kind, "original": target.name, "small": shot["small"], "meta": meta}
    return {**report, "blurhash": shot["blurhash"]}


def _length(seconds: float) -> Report:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return {"length": f"{hours:.0f}:{minutes:02.0f}:{left:05.2f}", "duration": seconds}


def _probe(order: Mapping[str, Any]) -> Probe:
    """What ffmpeg says of a file. It ends in an error, since no output was asked for."""
    asked = ["-f", order["demuxer"], "-i", _file(order["source"])]
    said = _call(asked, order["seconds"]).stderr.decode("utf-8", "replace")
    streams = _STREAM.findall(said)
    if not streams or "Input #0" not in said:
        raise Refusal("The file cannot be read")
    if len(streams) > _MOST_STREAMS:
        raise Refusal("The file holds too many streams")
    found = _DURATION.search(said)
    bitrate = _BITRATE.search(said)
    video = next((_read_video(line, said) for _, kind, line in streams if kind == "Video"), None)
    audio = next((line for _, kind, line in streams if kind == "Audio"), None)
    return Probe(
        duration=_seconds(found) if found else 0.0,
        bitrate=int(bitrate[1]) * 1000 if bitrate else 0,
        video=video,
        audio=re.split(r"[ ,]", audio)[0] if audio else None,
        audio_line=audio or "",
    )


def _read_video(line: str, said: str) -> Video:
    size, rate = _SIZE.search(line), _RATE.search(line) or _TIMEBASE.search(line)
    width, height = (int(size[1]), int(size[2])) if size else (0, 0)
    turn = _TURN.search(said)
    if turn and round(abs(float(turn[1]))) % 180 == 90:
        width, height = height, width
    parts = line.split(", ")
    return Video(
        codec=re.split(r"[ ,]", line)[0],
        pixels=parts[1] if len(parts) > 1 else "",
        width=width,
        height=height,
        rate=float(rate[1]) * (1000 if rate[2] else 1) if rate else 0.0,
        is_cover="attached pic" in line,
    )


def _seconds(found: re.Match[str]) -> float:
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def _file(path: str | Path) -> str:
    return f"file:{path}"


@cache
def _program() -> str:
    import imageio_ffmpeg  # noqa: PLC0415 - pictures need none of it

    return imageio_ffmpeg.get_ffmpeg_exe()


def _call(
    words: Sequence[str], seconds: float, stdin: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ffmpeg. Options of the input come first, so that they hold for the one input."""
    safe = ["-protocol_whitelist", "file,pipe", "-max_streams", "64"]
    if words[1] != "rawvideo":
        safe += ["-codec_whitelist", f"{_VIDEO_DECODERS},{_AUDIO_DECODERS}"]
    start = [_program(), "-hide_banner", "-y", "-threads", "2", "-filter_threads", "1"]
    if stdin is None:
        start.append("-nostdin")
    try:
        return subprocess.run(  # noqa: S603 - the words are ours
            [*start, *safe, *words],
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
            env={"PATH": "", "HOME": "/nonexistent", "LANG": "C"},
        )
    except subprocess.TimeoutExpired as problem:
        raise Refusal("The file took too long to process") from problem


def _run(words: Sequence[str], order: Mapping[str, Any], stdin: int | None = None) -> None:
    done = _call(words, order["seconds"], stdin)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refusal("The file cannot be read", *said[-3:])


def _pipe_frames(order: Mapping[str, Any], pages: int, tail: Sequence[str]) -> None:
    """Hand frames over that libvips decoded."""
    frames, height, rate = images.rows_of(order, pages)
    raw = Path(order["folder"]) / "frames.raw"
    descriptor = os.open(raw, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        frames.rawsave(str(raw))
        size = f"{frames.width}x{height}"
        _run(["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{rate:.3f}",
              "-i", "pipe:0", *tail], order, stdin=descriptor)  # fmt: skip
    finally:
        os.close(descriptor)
        raw.unlink(missing_ok=True)
