package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"time"
)

const hostnameLabel = "kubernetes.io/hostname"

type provisioner struct {
	client                            kubernetes.Interface
	namespace, serviceAccount         string
	basePath, helperImage, pullPolicy string
	pullSecrets                       []string
	hostNetwork                       bool
	timeout                           time.Duration
}

// Provision makes the folder on the node that the scheduler has chosen. Block volumes are refused by the library, since SupportsBlock is missing.
func (p *provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	volume, err := p.provision(ctx, options)
	return volume, controller.ProvisioningFinished, err
}

func (p *provisioner) provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, error) {
	claim, class := options.PVC, options.StorageClass
	if claim.Spec.Selector != nil {
		return nil, errors.New("claim.Spec.Selector is not supported")
	}
	if claim.Spec.DataSource != nil || claim.Spec.DataSourceRef != nil {
		return nil, errors.New("claim.Spec.DataSource is not supported")
	}
	for _, mode := range claim.Spec.AccessModes {
		if mode != v1.ReadWriteOnce {
			return nil, fmt.Errorf("Only support ReadWriteOnce access mode, got %s", mode)
		}
	}
	if options.SelectedNodeName == "" {
		return nil, errors.New("configuration error, no node was specified")
	}
	node, err := p.client.CoreV1().Nodes().Get(ctx, options.SelectedNodeName, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	config, err := readConfig(p.basePath, class.Annotations[configAnnotation], claim.Annotations[configAnnotation])
	if err != nil {
		return nil, err
	}
	if config.storageType != "hostpath" {
		return nil, fmt.Errorf("PV with StorageType %v is not supported", config.storageType)
	}
	labels := map[string]string{}
	for _, key := range config.nodeAffinityLabels {
		value, found := node.Labels[key]
		if !found {
			return nil, fmt.Errorf("node %s has no label %s, which NodeAffinityLabels names", node.Name, key)
		}
		labels[key] = value
	}
	volumePath := path.Join(config.basePath, options.PVName)
	klog.Infof("Creating volume %v at node with labels {%v}, path:%v", options.PVName, labels, volumePath)
	if err := p.help(ctx, helper{"init", "local-path-init", []string{"mkdir", "-m", "0777", "-p"}, options.PVName, volumePath, node}); err != nil {
		klog.Infof("Initialize volume %v failed: %v", options.PVName, err)
		return nil, err
	}
	mode, fsType := v1.PersistentVolumeFilesystem, ""
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName, Labels: map[string]string{"openebs.io/cas-type": "local-hostpath"}},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			AccessModes:                   claim.Spec.AccessModes,
			MountOptions:                  class.MountOptions,
			VolumeMode:                    &mode,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: volumePath, FSType: &fsType}},
			NodeAffinity:                  affinity(config.nodeAffinityLabels, labels),
		},
	}, nil
}

// Delete removes the folder by a pod on the volume's node. While the Node object is away it fails, and the volume stays.
func (p *provisioner) Delete(ctx context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.Local == nil || volume.Spec.NodeAffinity == nil || volume.Spec.NodeAffinity.Required == nil {
		return fmt.Errorf("failed to delete volume %v: no local path or no node affinity", volume.Name)
	}
	labels := map[string]string{}
	for _, term := range volume.Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, expression := range term.MatchExpressions {
			if len(expression.Values) == 1 {
				labels[expression.Key] = expression.Values[0]
			}
		}
	}
	nodes, err := p.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(metav1.SetAsLabelSelector(labels))})
	if err != nil {
		return err
	}
	if len(nodes.Items) != 1 {
		return fmt.Errorf("failed to delete volume %v: %d nodes have the labels %v, expected one", volume.Name, len(nodes.Items), labels)
	}
	klog.Infof("Deleting volume %v at %v:%v", volume.Name, nodes.Items[0].Name, volume.Spec.Local.Path)
	command := helper{"cleanup", "local-path-cleanup", []string{"rm", "-rf"}, volume.Name, volume.Spec.Local.Path, &nodes.Items[0]}
	if err := p.help(ctx, command); err != nil {
		return fmt.Errorf("failed to delete volume %v: %w", volume.Name, err)
	}
	return nil
}

func affinity(keys []string, labels map[string]string) *v1.VolumeNodeAffinity {
	expressions := make([]v1.NodeSelectorRequirement, 0, len(keys))
	for _, key := range keys {
		expressions = append(expressions, v1.NodeSelectorRequirement{Key: key, Operator: v1.NodeSelectorOpIn, Values: []string{labels[key]}})
	}
	return &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{MatchExpressions: expressions}}}}
}
