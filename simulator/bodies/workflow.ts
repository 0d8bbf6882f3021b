import type { Scene } from '../call.ts'
import { toIso } from '../clock.ts'
import { nodeId } from '../ids.ts'
import type { Workflow } from '../workflow.ts'
import type { Schema } from './schemas.ts'

/** A workflow file as `workflow`. */
export function workflowBody(scene: Scene, workflow: Workflow): Schema<'workflow'> {
  const { api, server } = scene.world.addresses
  const { fullName } = scene.repository
  return {
    id: workflow.id,
    node_id: nodeId('W', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: workflow.state,
    created_at: toIso(workflow.createdAt),
    updated_at: toIso(workflow.createdAt),
    url: `${api}/repos/${fullName}/actions/workflows/${workflow.id}`,
    html_url: `${server}/${fullName}/blob/main/${workflow.path}`,
    badge_url: `${server}/${fullName}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
    ...(workflow.state === 'deleted' ? { deleted_at: toIso(workflow.createdAt) } : {}),
  }
}
