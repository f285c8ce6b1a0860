// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {DemoToken} from "../src/demo/DemoToken.sol";
import {Vault} from "../src/l1/Vault.sol";
import {BaseToken} from "../src/l2/BaseToken.sol";
import {BridgedToken} from "../src/l2/BridgedToken.sol";
import {L1Messenger} from "../src/l2/L1Messenger.sol";
import {L2Bridge} from "../src/l2/L2Bridge.sol";
import {L2TokenVault} from "../src/l2/L2TokenVault.sol";
import {Base} from "./Base.sol";
import {Vm} from "./Vm.sol";

/// The L2 contracts where genesis puts them, and L1's vault reading what they send.
contract L2Test is Base {
    address private constant L1_TOKEN = address(0x70c);
    L1Messenger private constant MESSENGER = L1Messenger(address(0x8008));
    BaseToken private constant ETHER = BaseToken(address(0x800a));
    L2Bridge private constant BRIDGE = L2Bridge(address(0x10003));
    L2TokenVault private constant TOKEN_VAULT = L2TokenVault(address(0x10004));

    function setUp() public override {
        super.setUp();
        // As genesis does: code without constructors, and two storage slots of the bridge.
        vm.etch(address(MESSENGER), type(L1Messenger).runtimeCode);
        vm.etch(address(ETHER), type(BaseToken).runtimeCode);
        vm.etch(address(BRIDGE), type(L2Bridge).runtimeCode);
        vm.etch(address(TOKEN_VAULT), type(L2TokenVault).runtimeCode);
        vm.store(address(BRIDGE), 0, bytes32(uint256(uint160(address(vault)))));
        vm.store(address(BRIDGE), bytes32(uint256(1)), bytes32(block.chainid));
    }

    function test_genesis_storage_is_read() public view {
        vm.assertEq(BRIDGE.l1Vault(), address(vault));
        vm.assertEq(BRIDGE.L1_ASSET_ROUTER(), address(vault));
        vm.assertEq(BRIDGE.L1_CHAIN_ID(), block.chainid);
    }

    function test_a_message_is_an_event_with_sender_and_hash(bytes calldata message) public {
        vm.recordLogs();
        vm.prank(USER);
        bytes32 hash = MESSENGER.sendToL1(message);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(hash, keccak256(message));
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].emitter, address(0x8008));
        vm.assertEq(logs[0].topics[0], keccak256("L1MessageSent(address,bytes32,bytes)"));
        vm.assertEq(logs[0].topics[1], bytes32(uint256(uint160(USER))));
        vm.assertEq(logs[0].topics[2], hash);
        vm.assertEq(logs[0].data, abi.encode(message));
    }

    function test_an_eth_withdrawal_is_what_the_vault_parses(uint96 amount, address to) public {
        vm.deal(USER, amount);
        vm.recordLogs();
        vm.prank(USER);
        ETHER.withdraw{value: amount}(to);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        expectParsed(logs[0], address(0x800a), to, address(1), amount);
        vm.assertEq(logs[1].topics[0], keccak256("Withdrawal(address,address,uint256)"));
        vm.assertEq(address(ETHER).balance, amount);
    }

    function test_a_withdrawal_with_a_message_is_what_the_vault_parses(bytes calldata more) public {
        vm.deal(USER, 3);
        vm.recordLogs();
        vm.prank(USER);
        ETHER.withdrawWithMessage{value: 3}(address(0xcafe), more);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        expectParsed(logs[0], address(0x800a), address(0xcafe), address(1), 3);
        bytes memory message = abi.decode(logs[0].data, (bytes));
        vm.assertEq(message.length, 76 + more.length);
        vm.assertEq(
            logs[1].topics[0], keccak256("WithdrawalWithMessage(address,address,uint256,bytes)")
        );
    }

    function test_a_deposit_makes_the_token_once_and_where_it_was_foretold() public {
        address foretold = BRIDGE.l2TokenAddress(L1_TOKEN);
        vm.assertEq(foretold.code.length, 0);
        deposit(100, meta("Stone", "STN", 6));
        deposit(50, "");
        BridgedToken token = BridgedToken(foretold);
        vm.assertEq(token.balanceOf(USER), 150);
        vm.assertEq(token.name(), "Stone");
        vm.assertEq(token.symbol(), "STN");
        vm.assertEq(token.decimals(), 6);
        vm.assertEq(token.l1Address(), L1_TOKEN);
        vm.assertEq(BRIDGE.l1TokenAddress(foretold), L1_TOKEN);
    }

    function test_the_vaults_description_of_a_token_is_understood() public {
        DemoToken l1 = new DemoToken("Demo", "DMO", 0);
        deposit(1, vault.tokenData(address(l1)));
        BridgedToken token = BridgedToken(BRIDGE.l2TokenAddress(L1_TOKEN));
        vm.assertEq(token.name(), "Demo");
        vm.assertEq(token.symbol(), "DMO");
        vm.assertEq(token.decimals(), 18);
    }

    function test_a_token_that_describes_itself_with_junk_is_bridged() public {
        bytes memory junk = abi.encode(bytes("x"), abi.encode(type(uint256).max), bytes(""));
        deposit(1, junk);
        BridgedToken token = BridgedToken(BRIDGE.l2TokenAddress(L1_TOKEN));
        vm.assertEq(token.name(), "");
        vm.assertEq(token.symbol(), "");
        vm.assertEq(token.decimals(), 18);
    }

    function test_only_the_aliased_vault_mints(address anyone) public {
        vm.assume(anyone != Hashes.aliased(address(vault)));
        vm.prank(anyone);
        vm.expectRevert(abi.encodeWithSelector(L2Bridge.OnlyVault.selector, anyone));
        BRIDGE.finalizeDeposit(USER, USER, L1_TOKEN, 1, "");
        vm.prank(address(vault));
        vm.expectRevert(abi.encodeWithSelector(L2Bridge.OnlyVault.selector, address(vault)));
        BRIDGE.finalizeDeposit(USER, USER, L1_TOKEN, 1, "");
        deposit(1, meta("a", "b", 1));
        BridgedToken token = BridgedToken(BRIDGE.l2TokenAddress(L1_TOKEN));
        vm.assume(anyone != address(BRIDGE));
        vm.prank(anyone);
        vm.expectRevert(BridgedToken.OnlyBridge.selector);
        token.bridgeMint(anyone, 1);
        vm.prank(anyone);
        vm.expectRevert(BridgedToken.OnlyBridge.selector);
        token.bridgeBurn(USER, 1);
    }

    function test_a_token_withdrawal_burns_and_is_what_the_vault_parses() public {
        deposit(100, meta("Stone", "STN", 6));
        BridgedToken token = BridgedToken(BRIDGE.l2TokenAddress(L1_TOKEN));
        vm.recordLogs();
        vm.prank(USER);
        BRIDGE.withdraw(address(0xcafe), address(token), 40);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(token.totalSupply(), 60);
        expectParsed(logs[1], address(0x10003), address(0xcafe), L1_TOKEN, 40);
        vm.prank(USER);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        BRIDGE.withdraw(address(0xcafe), address(token), 61);
        vm.expectRevert(L2Bridge.AmountZero.selector);
        BRIDGE.withdraw(address(0xcafe), address(token), 0);
        vm.expectRevert(abi.encodeWithSelector(L2Bridge.TokenUnknown.selector, USER));
        BRIDGE.withdraw(address(0xcafe), USER, 1);
    }

    function test_sdks_find_asset_ids() public {
        deposit(1, meta("a", "b", 1));
        address token = BRIDGE.l2TokenAddress(L1_TOKEN);
        bytes32 id = TOKEN_VAULT.assetId(token);
        vm.assertEq(id, vault.assetId(L1_TOKEN));
        vm.assertEq(TOKEN_VAULT.originChainId(id), block.chainid);
        vm.assertEq(TOKEN_VAULT.L1_CHAIN_ID(), block.chainid);
        vm.assertEq(TOKEN_VAULT.BASE_TOKEN_ASSET_ID(), vault.assetId(address(1)));
        vm.assertEq(TOKEN_VAULT.assetId(USER), bytes32(0));
        vm.assertEq(TOKEN_VAULT.originChainId(0), 0);
    }

    function deposit(uint256 amount, bytes memory data) private {
        vm.prank(Hashes.aliased(address(vault)));
        BRIDGE.finalizeDeposit(USER, USER, L1_TOKEN, amount, data);
    }

    function meta(string memory name, string memory symbol, uint8 decimals)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(abi.encode(name), abi.encode(symbol), abi.encode(decimals));
    }

    function expectParsed(
        Vm.Log memory log,
        address from,
        address receiver,
        address asset,
        uint256 value
    ) private view {
        vm.assertEq(log.emitter, address(MESSENGER));
        vm.assertEq(log.topics[1], bytes32(uint256(uint160(from))));
        bytes memory message = abi.decode(log.data, (bytes));
        (address sender, address to, address token, uint256 amount) = vault.parseMessage(message);
        vm.assertEq(sender, from);
        vm.assertEq(to, receiver);
        vm.assertEq(token, asset);
        vm.assertEq(amount, value);
    }
}
