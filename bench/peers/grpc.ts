/**
 * gRPC, one unary call a transaction. Its performance guide advises to re-use stubs and channels, and to take a pool of
 * channels where more calls are in flight than the 100 streams that a connection usually has. Messages are bytes as they
 * are, which costs less than any protobuf.
 */
import { credentials, makeGenericClientConstructor, Server, ServerCredentials, type ServiceError } from '@grpc/grpc-js';
import type { Peer } from './peer.ts';

export const grpc: Peer = {
  async serve(port) {
    const server = new Server();
    server.addService(service, {
      echo: (call: { request: Buffer }, reply: (error: null, bytes: Buffer) => void) => reply(null, call.request),
    });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  },
  async connect(port) {
    const EchoClient = makeGenericClientConstructor(service, 'Echo');
    const channels = Array.from({ length: channelCount }, () => {
      const options = { 'grpc.use_local_subchannel_pool': 1 };
      const client = new EchoClient(`127.0.0.1:${port}`, credentials.createInsecure(), options);
      return { echo: client['echo']!.bind(client) as Echo, inFlight: 0 };
    });
    return (request) => {
      const channel = channels.find(({ inFlight }) => inFlight < streamsMax) ?? channels[0]!;
      channel.inFlight++;
      return new Promise((resolve, reject) => {
        channel.echo(request, (error, reply) => {
          channel.inFlight--;
          if (error === null) resolve(reply!);
          else reject(error);
        });
      });
    };
  },
};

type Echo = (request: Buffer, reply: (error: ServiceError | null, bytes?: Buffer) => void) => void;

const asItIs = (bytes: Buffer) => bytes;
const service = {
  echo: {
    path: '/Echo/echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
};
const streamsMax = 100;
const channelCount = 11;
