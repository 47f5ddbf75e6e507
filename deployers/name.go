package deployers

import (
	"mime"
	"path"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// endings are the file endings of the types that assets mostly have; others go
// by the system's table.
var endings = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif", "image/svg+xml": ".svg", "image/avif": ".avif", "image/heic": ".heic",
	"text/plain": ".txt", "application/json": ".json", "text/html": ".html",
	"audio/mpeg": ".mp3", "audio/wave": ".wav", "audio/wav": ".wav", "audio/ogg": ".ogg", "application/ogg": ".ogg", "video/mp4": ".mp4", "video/webm": ".webm",
}

// ending is the file ending of a MIME type; ".bin" for what nobody knows.
func ending(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	if e, ok := endings[kind]; ok {
		return e
	}
	if all, err := mime.ExtensionsByType(kind); err == nil && len(all) > 0 {
		return all[0]
	}
	return ".bin"
}

// contentPath is where an asset stands below its target: by its digest.
func contentPath(d pipeline.Delivery, digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return path.Join("assets", hex[:2], hex+ending(d.Record.Type))
}

// aliasOf is the name for people: letters, digits, "-", "_" and "." of the
// item's alias, and the generator where several make each item.
func (o Origin) aliasOf(d pipeline.Delivery) string {
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
				return r
			}
			return '-'
		}, s)
	}
	name := clean(d.Planned.Item.Alias)
	if name == "" {
		name = clean(d.Planned.Item.ID)
	}
	name = strings.Trim(name, "-")
	if o.Several || name == "" {
		name += "." + clean(d.Record.Provider)
	}
	return name
}
