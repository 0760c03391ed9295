/** What the fields of every kind of listing are given. */
import type { Faults } from '../forms/faults.svelte';
import type { Uploads } from '../photos/uploads.svelte';
import type { Place } from '../protocol';
import type { Field, ListingForm } from './form';

export interface FieldsProps {
  /** Bound: changed as one types. */
  form: ListingForm;
  faults: Faults<Field>;
  idOf: (field: Field) => string;
  uploads: Uploads;
  /** Where the marker stands as long as no place was chosen. */
  standing: Place;
  /** A published listing keeps its kind. */
  editing?: boolean;
  /** False: one of the team changes a project. Where it is and how it is paid, its owner alone may say. */
  owned?: boolean;
}
