package operator

import (
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"pikube/lab/jiva/cluster"
)

const (
	class  = "openebs-hostpath"
	factor = 3
)

var (
	lost     = []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable}
	pressure = []string{
		corev1.TaintNodeMemoryPressure, corev1.TaintNodeDiskPressure, corev1.TaintNodePIDPressure, corev1.TaintNodeNetworkUnavailable,
	}
)

// complete fills in what a policy leaves open. The controller leaves a lost node at once, a replica never: its data are there.
func complete(policy *cluster.Policy) {
	if policy.ReplicaClass == "" {
		policy.ReplicaClass = class
	}
	if policy.ServiceAccount == "" {
		policy.ServiceAccount = os.Getenv("OPENEBS_SERVICEACCOUNT_NAME")
	}
	if policy.Target.ReplicationFactor == 0 {
		policy.Target.ReplicationFactor = factor
	}
	for _, resources := range []**corev1.ResourceRequirements{
		&policy.Target.Resources, &policy.Target.AuxResources, &policy.Replica.Resources,
	} {
		if *resources == nil {
			*resources = unbounded()
		}
	}
	atOnce := int64(0)
	policy.Target.Tolerations = append(tolerate(lost, &atOnce), policy.Target.Tolerations...)
	policy.Replica.Tolerations = append(append(tolerate(lost, nil), tolerate(pressure, nil)...), policy.Replica.Tolerations...)
}

func unbounded() *corev1.ResourceRequirements {
	nothing := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0"), corev1.ResourceMemory: resource.MustParse("0")}
	return &corev1.ResourceRequirements{Limits: nothing, Requests: nothing}
}

func tolerate(keys []string, seconds *int64) (all []corev1.Toleration) {
	for _, key := range keys {
		all = append(all, corev1.Toleration{
			Key: key, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: seconds,
		})
	}
	return all
}
