// Command kube holds what the testbed needs beside Argo CD: a Kubernetes control plane, etcd, kubectl and a Redis.
// The first argument says which of them to run; the rest are its flags.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	if len(os.Args) < 2 {
		os.Exit(usage())
	}
	program := os.Args[1]
	switch program {
	case "etcd":
		etcdmain.Main(os.Args[1:])
	case "redis":
		os.Exit(redis(os.Args[2:]))
	case "kube-apiserver":
		run(program, apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		run(program, controllermanager.NewControllerManagerCommand())
	case "kube-scheduler":
		run(program, scheduler.NewSchedulerCommand())
	case "kubectl":
		run(program, kubectl.NewDefaultKubectlCommand())
	default:
		os.Exit(usage())
	}
}

// run hands the remaining arguments to a program, which reads them from os.Args.
func run(program string, command *cobra.Command) {
	os.Args = append([]string{program}, os.Args[2:]...)
	os.Exit(cli.Run(command))
}

func redis(arguments []string) int {
	if len(arguments) != 1 {
		return usage()
	}
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(arguments[0]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Keys expire only when its clock is moved by hand.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
	return 0
}

func usage() int {
	fmt.Fprintln(os.Stderr, "usage: kube etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl [flags]")
	fmt.Fprintln(os.Stderr, "       kube redis ADDRESS")
	return 2
}
