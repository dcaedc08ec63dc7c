import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { contractOf } from './contract.ts';

contractOf(brokerlessReq);
