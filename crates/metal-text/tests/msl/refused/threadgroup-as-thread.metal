// refused: no matching function for call to 'fill'
#include <metal_stdlib>
using metal::uint;
struct Tile {
    uint inner[16];
};
void fill(thread Tile& tile) {
    tile.inner[0] = 1u;
}
kernel void main_(threadgroup Tile& tile) {
    fill(tile);
}
