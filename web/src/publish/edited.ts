/** What an author's form is made of: the listing as it stands and, of a project, how its donations are paid. */
import type { Api } from '../api/client';
import type { ListingView, ProjectView } from '../api/types';

export interface Edited {
  view: ListingView;
  /** Its listing does not say; '' for who may not know. */
  instructions: string;
}

export async function fetchEdited(api: Pick<Api, 'get'>, id: string): Promise<Edited> {
  const view = await api.get<ListingView>(`/api/listings/${id}`);
  if (view.listing.kind !== 'project' || !view.may.includes('edit')) return { view, instructions: '' };
  // Both of one moment: these words are what stands at this version.
  const { listing, terms } = await api.get<ProjectView>(`/api/projects/${id}`);
  return { view: { ...view, listing }, instructions: terms.instructions ?? '' };
}
