# shellcheck shell=bash
# An Auto Scaling group waits at `<hook>-launch` and `<hook>-terminate` until it is told to go on.

# complete_lifecycle launch|terminate REGION HOOK: nothing where the group does not wait there.
complete_lifecycle() {
  local action=$1 region=$2 hook=$3 instance group state
  instance=$(imds instance-id) || return 1
  read -r group state < <(timeout 60 aws autoscaling describe-auto-scaling-instances --region "$region" \
    --instance-ids "$instance" --query 'AutoScalingInstances[0].[AutoScalingGroupName,LifecycleState]' --output text) ||
    return 1
  case "$action $state" in
    'launch Pending:Wait' | 'terminate Terminating:Wait') ;;
    *) return 0 ;;
  esac
  timeout 60 aws autoscaling complete-lifecycle-action --region "$region" --auto-scaling-group-name "$group" \
    --lifecycle-hook-name "$hook-$action" --instance-id "$instance" --lifecycle-action-result CONTINUE
}
