package project

import (
	"regexp"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

const hidden = "[hidden]"

// Public is an object of a configuration without what looks like a key or token,
// for results and records.
func Public(o *jsvalue.Object) *jsvalue.Object {
	out := jsvalue.Sized(o.Len())
	for _, k := range o.Keys() {
		v, _ := o.Get(k)
		inner, isObject := v.(*jsvalue.Object)
		switch _, isText := v.(string); {
		case k == "auth" && isObject:
			v = publicLogin(inner)
		case isText && secretKey(k):
			v = hidden
		default:
			v = publicValue(v)
		}
		out.Set(k, v)
	}
	return out
}

func publicValue(v any) any {
	switch v := v.(type) {
	case *jsvalue.Object:
		return Public(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = publicValue(item)
		}
		return list
	case string:
		if strings.HasPrefix(v, "http") {
			return parameter().ReplaceAllString(login().ReplaceAllString(v, "${1}"+hidden+"@"), "${1}"+hidden)
		}
	}
	return v
}

// login stands in front of an address's host; a parameter may be named like a key.
var (
	login     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(https?://)[^/?#@]+@`) })
	parameter = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)([?&][\w-]*(?:key|token|secret|sig|signature|password|auth|code)=)[^&#]+`)
	})
)

// publicLogin leaves the kind of a login and hides the rest.
func publicLogin(o *jsvalue.Object) *jsvalue.Object {
	out := o.Clone()
	for _, k := range o.Keys() {
		switch k {
		case "type", "placement", "keyName", "grantType", "tokenUrl", "path":
		default:
			out.Set(k, hidden)
		}
	}
	return out
}

// secretKey says of a name, however it is spelt, that its value is a secret.
func secretKey(name string) bool {
	name = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	for _, word := range []string{"apikey", "authorization", "password", "passwd", "passphrase", "secret", "token", "cookie", "accesskey", "accesskeyid", "privatekey"} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return false
}
