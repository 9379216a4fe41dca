// kubelite runs the components of Kubernetes in one process, as the daemon of the same name in MicroK8s does, and is kubectl when called by that name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/cli"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	_ "k8s.io/component-base/metrics/prometheus/restclient"
	"k8s.io/klog/v2"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// How long the API server may take to end its requests after SIGTERM.
const shutdownGrace = 3 * time.Second

func main() {
	name, arguments := filepath.Base(os.Args[0]), os.Args[1:]
	if len(arguments) > 0 && arguments[0] == "kubectl" {
		name, os.Args = "kubectl", arguments
	}
	if name == "kubectl" {
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	}
	if len(arguments) > 0 && arguments[0] == "kubelite" {
		arguments = arguments[1:]
	}
	if err := kubelite(arguments); err != nil {
		fmt.Fprintf(os.Stderr, "kubelite: %v\n", err)
		klog.Flush()
		os.Exit(1)
	}
	klog.Flush()
}

type component struct {
	name string
	file *string
	run  func(context.Context, []string) error
}

// kubelite returns nil after SIGTERM, and the error of the first component that ends by itself.
func kubelite(arguments []string) error {
	flags := flag.NewFlagSet("kubelite", flag.ExitOnError)
	// Made first: it changes the default of a feature gate, which is refused once a component has shown the gates as its flags.
	controllerManager := controllermanager.NewControllerManagerCommand()
	apiServer := component{"kube-apiserver", flags.String("api-server-args-file", "", "arguments of kube-apiserver, one a line"), runAPIServer}
	controlPlane := []component{
		{"kube-controller-manager", flags.String("controller-manager-args-file", "", "arguments of kube-controller-manager"), command(controllerManager)},
		{"kube-scheduler", flags.String("scheduler-args-file", "", "arguments of kube-scheduler"), runScheduler},
	}
	node := []component{
		{"kubelet", flags.String("kubelet-args-file", "", "arguments of kubelet"), runKubelet},
		{"kube-proxy", flags.String("proxy-args-file", "", "arguments of kube-proxy"), command(proxy.NewProxyCommand())},
	}
	kubeconfig := flags.String("kubeconfig-file", "", "how to ask the API server whether it is ready")
	startControlPlane := flags.Bool("start-control-plane", true, "false on a worker: only kubelet and kube-proxy")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	// All components apply their logging settings to the one klog of this process.
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ended := make(chan error, 5)
	apiServerEnded := make(chan struct{})
	start := func(c component) error {
		arguments, err := readArguments(*c.file)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		go func() {
			err := c.run(ctx, arguments)
			if c.name == apiServer.name {
				close(apiServerEnded)
			}
			if err == nil {
				err = errors.New("ended")
			}
			ended <- fmt.Errorf("%s: %w", c.name, err)
		}()
		return nil
	}

	components := node
	if *startControlPlane {
		if err := start(apiServer); err != nil {
			return err
		}
		if err := waitReady(ctx, *kubeconfig, ended); err != nil {
			return err
		}
		components = append(controlPlane, node...)
	}
	if ctx.Err() == nil {
		for _, c := range components {
			if err := start(c); err != nil {
				return err
			}
		}
	}

	select {
	case err := <-ended:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done():
	}
	if *startControlPlane {
		select {
		case <-apiServerEnded:
		case <-time.After(shutdownGrace):
		}
	}
	return nil
}

// waitReady returns when /readyz of the API server answers ok, or with what ended before.
func waitReady(ctx context.Context, kubeconfig string, ended <-chan error) error {
	for {
		if config, err := clientcmd.BuildConfigFromFlags("", kubeconfig); err == nil {
			config.Timeout = 5 * time.Second
			if client, err := kubernetes.NewForConfig(config); err == nil {
				if _, err := client.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err == nil {
					return nil
				}
			}
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// The commands of kube-apiserver and kube-scheduler set up the process's signals, which a process can do once (the kubelet's does too): these two are put together from their parts.

func runAPIServer(ctx context.Context, arguments []string) error {
	options := apiserveroptions.NewServerRunOptions()
	if err := parse("kube-apiserver", options.Flags(), arguments); err != nil {
		return err
	}
	if err := options.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	completed, err := options.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return utilerrors.NewAggregate(errs)
	}
	return apiserver.Run(ctx, completed)
}

func runScheduler(ctx context.Context, arguments []string) error {
	options := scheduleroptions.NewOptions()
	if err := parse("kube-scheduler", *options.Flags, arguments); err != nil {
		return err
	}
	if err := options.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	// Told to stop, the scheduler ends the process before the API server has withdrawn its address from the service `kubernetes`.
	ctx = context.WithoutCancel(ctx)
	completed, instance, err := scheduler.Setup(ctx, options)
	if err != nil {
		return err
	}
	return scheduler.Run(ctx, completed, instance)
}

func parse(name string, sets cliflag.NamedFlagSets, arguments []string) error {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	return flags.Parse(arguments)
}

func runKubelet(ctx context.Context, arguments []string) error {
	// Takes a context since Kubernetes 1.34.
	constructor := reflect.ValueOf(kubelet.NewKubeletCommand)
	var parameters []reflect.Value
	if constructor.Type().NumIn() == 1 {
		parameters = append(parameters, reflect.ValueOf(ctx))
	}
	return command(constructor.Call(parameters)[0].Interface().(*cobra.Command))(ctx, arguments)
}

func command(command *cobra.Command) func(context.Context, []string) error {
	return func(ctx context.Context, arguments []string) error {
		command.SilenceUsage = true
		command.SetGlobalNormalizationFunc(cliflag.WordSepNormalizeFunc)
		command.SetArgs(arguments)
		return command.ExecuteContext(ctx)
	}
}
