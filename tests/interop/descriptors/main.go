// Copyright: (c) 2026, kubevim.nfvi contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command descriptors compares our own Protobuf descriptors with the ones Talos registers.
//
// Each argument names a serialized FileDescriptorSet. Every message, field, enum value and service method in it must
// exist upstream with the same number, name, type and label; services must have all of upstream's methods. Fields and
// messages that we leave out are no difference: they are compatible on the wire. Differences are printed, exit code 1.
package main

import (
	"fmt"
	"os"

	_ "github.com/cosi-project/runtime/api/v1alpha1"
	_ "github.com/siderolabs/talos/pkg/machinery/api/cluster"
	_ "github.com/siderolabs/talos/pkg/machinery/api/common"
	_ "github.com/siderolabs/talos/pkg/machinery/api/inspect"
	_ "github.com/siderolabs/talos/pkg/machinery/api/machine"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/config"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/block"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/cluster"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/enums"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/etcd"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/extensions"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/hardware"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/k8s"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/network"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/runtime"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/secrets"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/time"
	_ "github.com/siderolabs/talos/pkg/machinery/api/resource/definitions/v1alpha1"
	_ "github.com/siderolabs/talos/pkg/machinery/api/storage"
	_ "github.com/siderolabs/talos/pkg/machinery/api/time"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// comparison counts what was compared and collects what differs.
type comparison struct {
	set         string
	differences []string
	fields      int
	methods     int
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: descriptors SET.pb...")
		os.Exit(2)
	}

	failed := false

	for _, path := range os.Args[1:] {
		found, err := compareSet(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(2)
		}

		for _, line := range found.differences {
			fmt.Printf("%s: %s\n", path, line)
		}

		fmt.Printf("%s: %d fields and %d methods compared, %d differences\n", path, found.fields, found.methods, len(found.differences))
		failed = failed || len(found.differences) > 0 || found.fields == 0
	}

	if failed {
		os.Exit(1)
	}
}

func compareSet(path string) (*comparison, error) {
	serialized, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(serialized, &set); err != nil {
		return nil, err
	}

	found := &comparison{set: path}
	for _, file := range set.GetFile() {
		found.file(file)
	}

	return found, nil
}

func (c *comparison) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

func (c *comparison) file(file *descriptorpb.FileDescriptorProto) {
	scope := protoreflect.FullName(file.GetPackage())

	for _, message := range file.GetMessageType() {
		c.message(scope, message)
	}

	for _, enum := range file.GetEnumType() {
		c.enum(scope, enum)
	}

	for _, service := range file.GetService() {
		c.service(scope, service)
	}
}

func find[T protoreflect.Descriptor](c *comparison, name protoreflect.FullName) (T, bool) {
	var none T

	upstream, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		c.differ("%s: not known upstream", name)

		return none, false
	}

	typed, ok := upstream.(T)
	if !ok {
		c.differ("%s: upstream it is a %T", name, upstream)
	}

	return typed, ok
}

func (c *comparison) message(scope protoreflect.FullName, ours *descriptorpb.DescriptorProto) {
	name := scope.Append(protoreflect.Name(ours.GetName()))

	upstream, ok := find[protoreflect.MessageDescriptor](c, name)
	if !ok {
		return
	}

	for _, field := range ours.GetField() {
		c.field(name, field, upstream.Fields().ByNumber(protoreflect.FieldNumber(field.GetNumber())))
	}

	for _, nested := range ours.GetNestedType() {
		c.message(name, nested)
	}

	for _, enum := range ours.GetEnumType() {
		c.enum(name, enum)
	}
}

func (c *comparison) field(scope protoreflect.FullName, ours *descriptorpb.FieldDescriptorProto, upstream protoreflect.FieldDescriptor) {
	c.fields++

	if upstream == nil {
		c.differ("%s.%s: no field %d upstream", scope, ours.GetName(), ours.GetNumber())

		return
	}

	if string(upstream.Name()) != ours.GetName() {
		c.differ("%s: field %d is %q, upstream %q", scope, ours.GetNumber(), ours.GetName(), upstream.Name())
	}

	if int32(upstream.Kind()) != int32(ours.GetType()) {
		c.differ("%s.%s: type %v, upstream %v", scope, ours.GetName(), ours.GetType(), upstream.Kind())
	}

	if int32(upstream.Cardinality()) != int32(ours.GetLabel()) {
		c.differ("%s.%s: label %v, upstream %v", scope, ours.GetName(), ours.GetLabel(), upstream.Cardinality())
	}

	if upstream.HasOptionalKeyword() != ours.GetProto3Optional() {
		c.differ("%s.%s: optional %v, upstream %v", scope, ours.GetName(), ours.GetProto3Optional(), upstream.HasOptionalKeyword())
	}

	if theirs := typeName(upstream); theirs != ours.GetTypeName() {
		c.differ("%s.%s: of type %q, upstream %q", scope, ours.GetName(), ours.GetTypeName(), theirs)
	}
}

// typeName is the full name of a message or enum with a leading dot, empty for scalars.
func typeName(field protoreflect.FieldDescriptor) string {
	switch {
	case field.Message() != nil:
		return "." + string(field.Message().FullName())
	case field.Enum() != nil:
		return "." + string(field.Enum().FullName())
	default:
		return ""
	}
}

func (c *comparison) enum(scope protoreflect.FullName, ours *descriptorpb.EnumDescriptorProto) {
	name := scope.Append(protoreflect.Name(ours.GetName()))

	upstream, ok := find[protoreflect.EnumDescriptor](c, name)
	if !ok {
		return
	}

	for _, value := range ours.GetValue() {
		theirs := upstream.Values().ByName(protoreflect.Name(value.GetName()))
		if theirs == nil || int32(theirs.Number()) != value.GetNumber() {
			c.differ("%s: value %s = %d is not upstream's", name, value.GetName(), value.GetNumber())
		}
	}
}

func (c *comparison) service(scope protoreflect.FullName, ours *descriptorpb.ServiceDescriptorProto) {
	name := scope.Append(protoreflect.Name(ours.GetName()))

	upstream, ok := find[protoreflect.ServiceDescriptor](c, name)
	if !ok {
		return
	}

	known := map[protoreflect.Name]bool{}

	for _, method := range ours.GetMethod() {
		c.methods++
		known[protoreflect.Name(method.GetName())] = true
		c.method(name, method, upstream.Methods().ByName(protoreflect.Name(method.GetName())))
	}

	for i := range upstream.Methods().Len() {
		if method := upstream.Methods().Get(i); !known[method.Name()] {
			c.differ("%s: upstream's method %s is missing", name, method.Name())
		}
	}
}

func (c *comparison) method(scope protoreflect.FullName, ours *descriptorpb.MethodDescriptorProto, upstream protoreflect.MethodDescriptor) {
	if upstream == nil {
		c.differ("%s/%s: not known upstream", scope, ours.GetName())

		return
	}

	if theirs := "." + string(upstream.Input().FullName()); theirs != ours.GetInputType() {
		c.differ("%s/%s: takes %s, upstream %s", scope, ours.GetName(), ours.GetInputType(), theirs)
	}

	if theirs := "." + string(upstream.Output().FullName()); theirs != ours.GetOutputType() {
		c.differ("%s/%s: returns %s, upstream %s", scope, ours.GetName(), ours.GetOutputType(), theirs)
	}

	if upstream.IsStreamingClient() != ours.GetClientStreaming() || upstream.IsStreamingServer() != ours.GetServerStreaming() {
		c.differ("%s/%s: streams differ from upstream", scope, ours.GetName())
	}
}
