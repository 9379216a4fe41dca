package main

import (
	"context"
	"fmt"
	"path"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// helper is a pod that works on one folder of one node.
type helper struct {
	what, container string
	command         []string
	volume, path    string
	node            *v1.Node
}

// help runs a helper to its end. The pod is removed whatever became of it, so that the next try finds no older one.
func (p *provisioner) help(ctx context.Context, h helper) error {
	pods := p.client.CoreV1().Pods(p.namespace)
	pod := p.pod(h)
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	defer func() {
		ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer done()
		_ = pods.Delete(ctx, pod.Name, metav1.DeleteOptions{})
	}()
	phase := v1.PodPending
	err := wait.PollUntilContextTimeout(ctx, time.Second, p.timeout, false, func(ctx context.Context) (bool, error) {
		found, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		phase = found.Status.Phase
		return phase == v1.PodSucceeded || phase == v1.PodFailed, nil
	})
	switch {
	case wait.Interrupted(err):
		return fmt.Errorf("create process timeout after %.0f seconds: pod %s is %s", p.timeout.Seconds(), pod.Name, phase)
	case err != nil:
		return err
	case phase == v1.PodFailed:
		return fmt.Errorf("pod %s failed", pod.Name)
	}
	return nil
}

func (p *provisioner) pod(h helper) *v1.Pod {
	privileged, folder := true, v1.HostPathDirectoryOrCreate
	var secrets []v1.LocalObjectReference
	for _, name := range p.pullSecrets {
		secrets = append(secrets, v1.LocalObjectReference{Name: name})
	}
	var tolerations []v1.Toleration
	for _, taint := range h.node.Spec.Taints {
		tolerations = append(tolerations, v1.Toleration{Key: taint.Key, Operator: v1.TolerationOpExists, Effect: taint.Effect})
	}
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: h.what + "-" + h.volume, Namespace: p.namespace},
		Spec: v1.PodSpec{
			RestartPolicy:      v1.RestartPolicyNever,
			ServiceAccountName: p.serviceAccount,
			HostNetwork:        p.hostNetwork,
			ImagePullSecrets:   secrets,
			Tolerations:        tolerations,
			NodeSelector:       map[string]string{hostnameLabel: h.node.Labels[hostnameLabel]},
			Containers: []v1.Container{{
				Name:            h.container,
				Image:           p.helperImage,
				ImagePullPolicy: v1.PullPolicy(p.pullPolicy),
				Command:         append(h.command, path.Join("/data", path.Base(h.path))),
				SecurityContext: &v1.SecurityContext{Privileged: &privileged},
				VolumeMounts:    []v1.VolumeMount{{Name: "data", MountPath: "/data/"}},
			}},
			Volumes: []v1.Volume{{
				Name:         "data",
				VolumeSource: v1.VolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path.Dir(h.path), Type: &folder}},
			}},
		},
	}
}
