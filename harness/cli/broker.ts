import { Command } from 'commander';
import { start } from '../../patterns/index.ts';
import { endpointsOf, type RoleOptions, roleOf, withRoleOptions } from './role.ts';
import { type SecurityOptions, securityOf, withSecurityOptions } from './security.ts';
import { runUntilStopped, type ServiceOptions, withServiceOptions } from './service.ts';

interface BrokerOptions extends RoleOptions, SecurityOptions, ServiceOptions {
  readonly bind?: string;
}

export function brokerCommand(): Command {
  const command = new Command('broker')
    .description('run a broker until it is told to stop')
    .option('--bind <endpoints>', 'where to listen, by commas; tcp://*:5555 is every interface');
  withSecurityOptions(withRoleOptions(command, 'majordomo'), 'listens');
  return withServiceOptions(command).action(brokerAction);
}

async function brokerAction(options: BrokerOptions): Promise<void> {
  const { pattern, variant, settings } = await roleOf(options);
  const bind = endpointsOf('bind', options.bind);
  const broker = await start(pattern, 'broker', { ...settings, ...securityOf(options), variant, bind });
  await runUntilStopped(broker, { role: 'broker', pattern: pattern.name, variant, bind }, options);
}
