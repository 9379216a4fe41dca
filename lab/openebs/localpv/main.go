// provisioner-localpv is a stand-in for the Local PV hostpath provisioner of OpenEBS: it answers to openebs.io/local as the original does.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const provisionerName = "openebs.io/local"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(kubectl(ctx, os.Args[1:]))
	}
	klog.Info("stand-in for the Local PV provisioner of OpenEBS")
	configuration, err := clientcmd.BuildConfigFromFlags(os.Getenv("OPENEBS_IO_K8S_MASTER"), os.Getenv("OPENEBS_IO_KUBE_CONFIG"))
	if err != nil {
		klog.Fatalf("no way to the API server: %v", err)
	}
	client := kubernetes.NewForConfigOrDie(configuration)
	if enabled("OPENEBS_IO_ENABLE_ANALYTICS") {
		klog.Info("analytics are enabled; the original would send them now")
	}
	provisioner := newProvisioner(client)
	elected := os.Getenv("LEADER_ELECTION_ENABLED") != "false"
	controller.NewProvisionController(
		ctx, client, provisionerName, provisioner,
		controller.LeaderElection(elected),
		controller.LeaderElectionNamespace(provisioner.namespace),
		controller.Threadiness(number("OPENEBS_IO_WORKER_THREADS", 4)),
	).Run(ctx)
}

func inCluster() (kubernetes.Interface, error) {
	configuration, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(configuration)
}

func newProvisioner(client kubernetes.Interface) *provisioner {
	return &provisioner{
		client:         client,
		namespace:      setting("OPENEBS_NAMESPACE", "openebs"),
		serviceAccount: os.Getenv("OPENEBS_SERVICE_ACCOUNT"),
		basePath:       setting("OPENEBS_IO_BASE_PATH", "/var/openebs/local"),
		helperImage:    setting("OPENEBS_IO_HELPER_IMAGE", "openebs/linux-utils:latest"),
		pullPolicy:     setting("OPENEBS_IO_HELPER_IMAGE_PULL_POLICY", "IfNotPresent"),
		pullSecrets:    strings.FieldsFunc(os.Getenv("OPENEBS_IO_IMAGE_PULL_SECRETS"), func(char rune) bool { return char == ',' }),
		hostNetwork:    enabled("OPENEBS_IO_HELPER_POD_HOST_NETWORK"),
		timeout:        time.Duration(number("OPENEBS_IO_HELPER_POD_TIMEOUT_SECS", 120)) * time.Second,
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func enabled(name string) bool {
	value, _ := strconv.ParseBool(os.Getenv(name))
	return value
}

func number(name string, otherwise int) int {
	if value, err := strconv.Atoi(os.Getenv(name)); err == nil && value > 0 {
		return value
	}
	return otherwise
}
