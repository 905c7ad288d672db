package lea

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"lea.dev/lea/commonpb"
)

// withPin is the request with the pin, unless it has its own or there is none; the caller's message is left as it is.
func withPin[M proto.Message](request M, version int64) M {
	source := request.ProtoReflect()
	field := source.Descriptor().Fields().ByName("version")
	if version == 0 || source.Has(field) {
		return request
	}
	pinned := source.New()
	source.Range(func(other protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		pinned.Set(other, value)
		return true
	})
	pin := &commonpb.VersionPin{ExpectedVersion: version}
	pinned.Set(field, protoreflect.ValueOfMessage(pin.ProtoReflect()))
	return pinned.Interface().(M)
}
