#include "apps/stylize/style.h"

namespace impasto::stylize {

const std::vector<StyleLook>& style_looks() {
  static const std::vector<StyleLook> looks{
      {0, "ochre and sky blue, fine canvas"},
      {1, "black brush lines on yellow"},
      {2, "pale wash, soft contours"},
      {3, "bold red and blue strokes on black"},
      {4, "red and yellow on canvas"},
      {5, "loose oil in orange and blue"},
      {6, "violet night with dots"},
      {7, "deep blue, red and yellow"},
      {8, "white with pink and teal lines"},
      {9, "teal and crimson dabs"},
      {10, "rust brown dusk"},
      {11, "dark ink on parchment"},
      {12, "soft oil in peach and lilac"},
      {13, "lime and teal, black outlines"},
      {14, "pale blue fresco"},
      {15, "pastel stained glass"},
      {16, "chalk in blue and orange"},
      {17, "woven bars of red and blue"},
      {18, "woodcut in olive and tan"},
      {19, "swirling blue with yellow"},
      {20, "deep red and black"},
      {21, "flat pink, cream and sky blue"},
      {22, "grey with red, black outlines"},
      {23, "misty greys at dusk"},
      {24, "teal woodblock on cream"},
      {25, "brown and blue, thick short strokes"},
  };
  return looks;
}

}  // namespace impasto::stylize
