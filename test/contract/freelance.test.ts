import { freelance } from '../../patterns/freelance/pattern.ts';
import { contractOf } from './contract.ts';

contractOf(freelance);
