package loopback

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"sync"
)

// Picture is a PNG of w × h pixels, w, h >= 1, that depends on nothing but its
// arguments: a gradient with a few shapes on it, whose colours and places come
// from the SHA-256 of recipe. Another recipe gives another picture.
func Picture(recipe string, w, h int) []byte {
	sum := sha256.Sum256([]byte(recipe))
	img := image.NewPaletted(image.Rect(0, 0, w, h), palette(sum))
	for y := range h {
		row := img.Pix[y*img.Stride : y*img.Stride+w]
		shade := uint8(y * 64 / h)
		for x := range row {
			row[x] = shade
		}
	}
	for i := range 6 {
		b := sum[i*4 : i*4+4]
		disc(img, int(b[0])*w/256, int(b[1])*h/256, 1+int(b[2])*min(w, h)/768, uint8(64+i*32)+b[3]%32)
	}
	// The recipe itself, as pixels: no two share their bytes.
	for i, b := range sum {
		if x := i % w; i/w < h {
			img.SetColorIndex(x, i/w, b)
		}
	}
	return encode(img)
}

// Black is a PNG of w × h black pixels.
func Black(w, h int) []byte {
	return encode(image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black}))
}

// palette is 64 shades between two colours, and 6 × 32 tints.
func palette(sum [32]byte) color.Palette {
	p := make(color.Palette, 256)
	mix := func(from, to byte, i, n int) uint8 { return uint8((int(from)*(n-i) + int(to)*i) / n) }
	for i := range 64 {
		p[i] = color.RGBA{mix(sum[24], sum[27], i, 64), mix(sum[25], sum[28], i, 64), mix(sum[26], sum[29], i, 64), 255}
	}
	for i := 64; i < 256; i++ {
		at := i/32*3 - 6
		p[i] = color.RGBA{mix(sum[at], 255, i%32, 48), mix(sum[at+1], 255, i%32, 48), mix(sum[at+2], 255, i%32, 48), 255}
	}
	return p
}

func disc(img *image.Paletted, cx, cy, r int, c uint8) {
	for y := max(cy-r, 0); y < min(cy+r, img.Rect.Dy()); y++ {
		for x := max(cx-r, 0); x < min(cx+r, img.Rect.Dx()); x++ {
			if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
				img.Pix[y*img.Stride+x] = c
			}
		}
	}
}

// encoders are kept for their buffers, by far the dearest part of a small PNG.
var encoders = sync.Pool{New: func() any { return &png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(buffers)} }}

type buffers struct{ b *png.EncoderBuffer }

func (p *buffers) Get() *png.EncoderBuffer  { return p.b }
func (p *buffers) Put(b *png.EncoderBuffer) { p.b = b }

func encode(img image.Image) []byte {
	e := encoders.Get().(*png.Encoder)
	defer encoders.Put(e)
	var buf bytes.Buffer
	if err := e.Encode(&buf, img); err != nil {
		panic(err) // only an empty image can't be encoded
	}
	return buf.Bytes()
}

// Damage is something that is wrong with an image.
type Damage string

// The kinds of damage.
const (
	NoDamage  Damage = ""
	Truncated Damage = "truncated" // the second half is missing, and the length says so
	Corrupt   Damage = "corrupt"   // bytes within are other ones
	Tiny      Damage = "tiny"      // 1 × 1
	AllBlack  Damage = "black"
	Bomb      Damage = "bomb"  // a header that claims 50000 × 50000
	HTMLPage  Damage = "html"  // no image at all
	Emptiness Damage = "empty" // no bytes
)

// Damages lists all kinds.
var Damages = []Damage{Truncated, Corrupt, Tiny, AllBlack, Bomb, HTMLPage, Emptiness}

// Apply returns what becomes of a PNG as Picture makes it.
func (d Damage) Apply(picture []byte) []byte {
	b := bytes.Clone(picture)
	switch d {
	case Truncated:
		return b[:len(b)/2]
	case Corrupt:
		for i := len(b) / 3; i < 2*len(b)/3; i++ {
			b[i] ^= 0x5a
		}
	case Tiny:
		return Picture(string(picture), 1, 1)
	case AllBlack:
		return Black(int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:])))
	case Bomb:
		binary.BigEndian.PutUint32(b[16:], 50000)
		binary.BigEndian.PutUint32(b[20:], 50000)
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	case HTMLPage:
		return []byte("<!DOCTYPE html><html><body>Please sign in</body></html>")
	case Emptiness:
		return nil
	}
	return b
}

// WithText puts a tEXt chunk behind the header of a PNG.
func WithText(picture []byte, key, text string) []byte {
	const header = 33 // signature and IHDR
	body := append(append([]byte("tEXt"+key), 0), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return append(append(bytes.Clone(picture[:header]), chunk...), picture[header:]...)
}
