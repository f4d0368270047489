import { imm2017Operations as operations, type WireProject2017 } from '@millrace/protocol/imm';
import type { ProjectRow } from '../../domain/ports/project-records.ts';
import { handle } from '../../rpc/product.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const EDITION = 'DocStarter';

/**
 * The vendor's own example sets the type twice, the second time to what was meant as `CU`: so a number for a type is the
 * capacity, of the usual edition.
 */
function editionOf(type: string | undefined, capacity: number | undefined): { type: string; capacity: number } {
  if (type !== undefined && /^\d{1,6}$/.test(type)) return { type: EDITION, capacity: capacity ?? Number(type) };
  return { type: type || EDITION, capacity: capacity ?? 1 };
}

export function projectHandlers({ projects, region, endpoint }: ImmServices) {
  const wire = ({ name, createdMs, modifiedMs, about }: ProjectRow): WireProject2017 => ({
    Project: name,
    Type: about.type ?? EDITION,
    CU: about.capacity ?? 1,
    BillingType: about.billing ?? 'ByUsage',
    ServiceRole: about.serviceRole ?? '',
    Endpoint: endpoint(),
    RegionId: region,
    CreateTime: seconds(createdMs),
    ModifyTime: seconds(modifiedMs),
  });
  return {
    putProject: handle(operations.putProject, async (input, { principal }) => {
      const { Project, ServiceRole, Type, CU, BillingType } = input;
      const about = {
        ...editionOf(Type, CU),
        ...(ServiceRole === undefined ? {} : { serviceRole: ServiceRole }),
        ...(BillingType ? { billing: BillingType } : {}),
      };
      return wire(await projects.create(principal.accountId, Project, about, { orKeep: true }));
    }),
    getProject: handle(operations.getProject, async ({ Project }, { principal }) =>
      wire(await projects.get(principal.accountId, Project)),
    ),
    listProjects: handle(operations.listProjects, async ({ Marker = '', MaxKeys }, { principal }) => {
      const limit = pageSize(MaxKeys, 'MaxKeys', 100);
      const query = { accountId: principal.accountId, prefix: '', after: Marker, limit: limit + 1 };
      const { page, next } = pageOf(await projects.list(query), limit, ({ name }) => name);
      return { Projects: page.map(wire), NextMarker: next };
    }),
    updateProject: handle(operations.updateProject, async ({ Project, NewServiceRole, NewCU }, { principal }) => {
      const about = {
        ...(NewServiceRole === undefined ? {} : { serviceRole: NewServiceRole }),
        ...(NewCU === undefined ? {} : { capacity: NewCU }),
      };
      const {
        Endpoint: _,
        BillingType: __,
        ...rest
      } = wire(await projects.update(principal.accountId, Project, about));
      return rest;
    }),
    deleteProject: handle(operations.deleteProject, async ({ Project }, { principal }) => {
      await projects.delete(principal.accountId, Project);
      return {};
    }),
  };
}
