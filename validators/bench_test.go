package validators

import (
	"context"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func BenchmarkValidate(b *testing.B) {
	for _, c := range []struct{ name, assert, expected, output string }{
		{"intent", `{"type":"intent_accuracy"}`, "track_order", "track_order"},
		{"intent spelled otherwise", `{"type":"intent_accuracy"}`, "track_order", "Track Order"},
		{"intent wrong", `{"type":"intent_accuracy"}`, "track_order", "cancel_order"},
		{"intent in JSON text", `{"type":"intent_accuracy"}`, "track_order", `{"intent":"track_order"}`},
		{"equals", `{"type":"equals"}`, "track_order", "track_order"},
		{"equals a sentence", `{"type":"equals"}`, "Your parcel arrives today.", "Your parcel arrives today."},
		{"equals Unicode", `{"type":"equals"}`, "Straße", "STRASSE"},
		{"contains", `{"type":"contains","value":"parcel"}`, "", "Your parcel arrives today."},
		{"regex", `{"type":"regex","value":"order-\\d+"}`, "", "Your parcel of order-17 arrives today."},
		{"numeric", `{"type":"numeric","value":17}`, "", "It takes 17 days."},
		{"json-schema", `{"type":"json-schema","value":{"type":"object","required":["label"],"properties":{"label":{"type":"string"}}}}`, "", `{"label":"a"}`},
		{"equals 1 MB", `{"type":"equals"}`, "x", strings.Repeat("Ein Bär läuft. ", 1<<16)},
	} {
		b.Run(c.name, func(b *testing.B) {
			v := compile(b, c.assert)
			s := pipeline.Subject{Asset: pipeline.Asset{Text: c.output}, Expected: c.expected}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Validate(context.Background(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
