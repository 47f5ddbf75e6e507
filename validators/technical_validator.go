package validators

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif"  // formats that are decoded
	_ "image/jpeg" // formats that are decoded
	_ "image/png"  // formats that are decoded
	"math"
	"strconv"
	"strings"

	_ "golang.org/x/image/webp" // formats that are decoded

	"github.com/GaboBase/arch-genops/pipeline"
)

// Technical judges whether an image is whole and what was asked for: it decodes
// to its last pixel, has the format, size and shape of the request, and shows
// something. It says nothing of whether it is good. The zero value is ready;
// Validate is safe for concurrent use.
//
// Its Features, which later validators build upon: width, height, format,
// stddev and sharpness (of the luma, 0..255), dhash and phash (hexadecimal).
// What it can't decode is an error: could not judge.
type Technical struct{}

// Bounds below which an image shows nothing. They are low: providers' blank,
// black and blurred replacements lie far below, real pictures far above.
const (
	flatBelow = 2.0  // standard deviation of the luma, of 255
	softBelow = 1.3  // root mean square of the Laplacian, of 255; rounding alone makes about 1
	aspectOff = 0.02 // relative difference of width:height that is accepted
)

// Validate implements pipeline.Validator.
func (Technical) Validate(_ context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	b := s.Asset.Blob
	if b == nil {
		return textFinding(s)
	}
	switch b.Type {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
	default:
		return pipeline.Finding{}, fmt.Errorf("unavailable: %s can't be judged here yet", b.Type)
	}
	data, err := s.Open()
	if err != nil {
		return pipeline.Finding{}, err
	}
	header, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return bad("its header can't be read: %v", err), nil
	}
	if int64(header.Width)*int64(header.Height) > pipeline.MaxPixels {
		return bad("its header says %d×%d pixels, more than the %d that are decoded", header.Width, header.Height, pipeline.MaxPixels), nil
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return bad("it does not decode: %v", err), nil
	}
	look := lookAt(m)
	f := pipeline.Finding{Features: map[string]string{"width": strconv.Itoa(header.Width), "height": strconv.Itoa(header.Height), "format": format,
		"stddev": fmt.Sprintf("%.1f", look.stddev), "sharpness": fmt.Sprintf("%.2f", look.sharp), "dhash": fmt.Sprintf("%016x", dHash(look.luma)), "phash": fmt.Sprintf("%016x", pHash(look.luma))}}
	wrong := wrongForm(s, header.Width, header.Height, format)
	wrong = append(wrong, look.wrong(header.Width, header.Height)...)
	f.Score, f.Pass = 1, len(wrong) == 0
	if !f.Pass {
		f.Score, f.Reason = 0, strings.Join(wrong, "; ")
	}
	return f, nil
}

func bad(format string, args ...any) pipeline.Finding {
	return pipeline.Finding{Reason: fmt.Sprintf(format, args...)}
}

// textFinding judges a text asset: there is one.
func textFinding(s pipeline.Subject) (pipeline.Finding, error) {
	if strings.TrimSpace(s.Asset.Text) == "" {
		return bad("the text is empty"), nil
	}
	return pipeline.Finding{Score: 1, Pass: true}, nil
}

// wrongForm compares with what was asked for.
func wrongForm(s pipeline.Subject, width, height int, format string) (wrong []string) {
	if s.Planned == nil || s.Planned.Request.Media == nil {
		return nil
	}
	job := s.Planned.Request.Media
	if width != job.Width || height != job.Height {
		asked, has := float64(job.Width)/float64(job.Height), float64(width)/float64(height)
		switch {
		case lost(s.Planned.Losses, "size"): // the provider has other sizes, and said so
			if math.Abs(has/asked-1) > 0.5 {
				wrong = append(wrong, fmt.Sprintf("it is %d×%d; asked for was %d×%d, another shape", width, height, job.Width, job.Height))
			}
		case math.Abs(has/asked-1) > aspectOff:
			wrong = append(wrong, fmt.Sprintf("it is %d×%d; asked for was %d×%d, another shape", width, height, job.Width, job.Height))
		default:
			wrong = append(wrong, fmt.Sprintf("it is %d×%d; asked for was %d×%d", width, height, job.Width, job.Height))
		}
	}
	if want := strings.Replace(job.Format, "jpg", "jpeg", 1); want != "" && want != format && !lost(s.Planned.Losses, "format") {
		wrong = append(wrong, fmt.Sprintf("it is a %s; asked for was %s", format, want))
	}
	return wrong
}

func lost(losses []pipeline.Loss, field string) bool {
	for _, l := range losses {
		if l.Field == field || l.Field == "width" && field == "size" {
			return true
		}
	}
	return false
}

// wrong says what an image lacks to show something.
func (l look) wrong(width, height int) []string {
	switch {
	case width == 1 && height == 1:
		return []string{"it is a single pixel"}
	case l.opaque == 0:
		return []string{"it is fully transparent"}
	case l.stddev < flatBelow && l.mean < 8:
		return []string{"it is black: providers deliver that in place of what they refuse"}
	case l.stddev < flatBelow:
		return []string{fmt.Sprintf("it is blank: its brightness varies by %.1f of 255", l.stddev)}
	case l.sharp < softBelow:
		return []string{fmt.Sprintf("it is blurred beyond recognition (edges of %.2f of 255): providers deliver that in place of what they refuse", l.sharp)}
	}
	return nil
}
