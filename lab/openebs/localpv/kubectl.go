package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// kubectl is a stand-in for the two calls that the hooks of the charts make: `annotate --overwrite crd NAME... KEY=VALUE` and
// `[-n NAMESPACE] delete deploy -l SELECTOR`.
func kubectl(ctx context.Context, arguments []string) int {
	namespace, selector := "default", ""
	var words []string
	for index := 0; index < len(arguments); index++ {
		switch argument := arguments[index]; {
		case (argument == "-n" || argument == "-l") && index+1 < len(arguments):
			index++
			if argument == "-n" {
				namespace = arguments[index]
			} else {
				selector = arguments[index]
			}
		case !strings.HasPrefix(argument, "--"):
			words = append(words, argument)
		}
	}
	client, err := inCluster()
	switch {
	case err != nil:
	case len(words) > 3 && words[0] == "annotate" && words[1] == "crd":
		err = annotate(ctx, client, words[2:len(words)-1], words[len(words)-1])
	case len(words) == 2 && words[0] == "delete" && words[1] == "deploy" && selector != "":
		err = deleteDeployments(ctx, client, namespace, selector)
	default:
		err = fmt.Errorf("%v is not known to this stand-in", arguments)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "kubectl (stand-in): %v\n", err)
		return 1
	}
	return 0
}

func annotate(ctx context.Context, client kubernetes.Interface, names []string, annotation string) error {
	key, value, _ := strings.Cut(annotation, "=")
	patch, _ := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{key: value}}})
	for _, name := range names {
		request := client.CoreV1().RESTClient().Patch(types.MergePatchType).AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", name)
		if err := request.Body(patch).Do(ctx).Error(); err != nil {
			return err
		}
		fmt.Printf("customresourcedefinition.apiextensions.k8s.io/%s annotated\n", name)
	}
	return nil
}

func deleteDeployments(ctx context.Context, client kubernetes.Interface, namespace, selector string) error {
	deployments := client.AppsV1().Deployments(namespace)
	found, err := deployments.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return err
	}
	for _, deployment := range found.Items {
		if err := deployments.Delete(ctx, deployment.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		fmt.Printf("deployment.apps %q deleted\n", deployment.Name)
	}
	return nil
}
